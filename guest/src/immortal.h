/* Objects of the snapshot whose reference counts are never written (PEP 683). */
#ifndef WASGI_IMMORTAL_H
#define WASGI_IMMORTAL_H

/* Makes every live object immortal. Called last before the snapshot: it would keep objects that die later. If memory
 * runs out, some objects stay mortal, which only costs requests time. */
void make_all_immortal(void);

#endif
