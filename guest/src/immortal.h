/* Objects of the snapshot whose reference counts are never written (PEP 683). */
#ifndef WASGI_IMMORTAL_H
#define WASGI_IMMORTAL_H

/* Makes every object that is alive immortal. Called last before the snapshot: whatever dies later would stay.
 * Out of memory leaves some objects mortal, which costs a request time and nothing else. */
void make_all_immortal(void);

#endif
