"""Radicale: passwords, a calendar and an address book by CalDAV and CardDAV, reports, removal."""

import base64

APP = "radicale:application"
DATA = "data"
PAGE = "/.web/"
#: It makes itself in the first request, which every sandbox would repeat.
WARM = ["/.web/"]
ENVIRONMENT = {"RADICALE_CONFIG": "radicale.ini"}
#: A state of a collection has a random part in its name.
VARIES = [r"(?<=radicale.org/ns/sync/)\w{64}"]
KNOWN = {"Authorization": "Basic " + base64.b64encode(b"anna:of-the-exercise").decode()}
CALENDAR = b"""<?xml version="1.0"?><mkcalendar xmlns="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>
<D:displayname>Work</D:displayname></D:prop></D:set></mkcalendar>"""
BOOK = b"""<?xml version="1.0"?><D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>
<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype></D:prop></D:set></D:mkcol>"""
EVENT = b"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:exercise\r\nBEGIN:VEVENT\r\nUID:one\r\nSUMMARY:Meeting\r
DTSTAMP:20240101T000000Z\r\nDTSTART:20240229T100000Z\r\nDTEND:20240229T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:two\r\nFN:Anna\r\nN:;Anna;;;\r\nEND:VCARD\r\n"
REPORT = b"""<?xml version="1.0"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>
<C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="20240201T000000Z" end="20240301T000000Z"/></C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""


def exercise(client):
    client.get("/", 302)
    client.get("/.web/")
    client.ask("PROPFIND", "/anna/", 401, b"")
    client.ask("PROPFIND", "/", 207, b"", {"Depth": "0", **KNOWN})
    client.ask("PROPFIND", "/anna/", 207, b"", {"Depth": "1", **KNOWN})
    client.ask("MKCALENDAR", "/anna/work/", 201, CALENDAR, KNOWN)
    client.ask("MKCOL", "/anna/people/", 201, BOOK, KNOWN)
    client.ask("PUT", "/anna/work/one.ics", 201, EVENT, {"Content-Type": "text/calendar", **KNOWN})
    client.ask("PUT", "/anna/people/two.vcf", 201, CARD, {"Content-Type": "text/vcard", **KNOWN})
    client.ask("PUT", "/anna/work/bad.ics", 400, b"nonsense", {"Content-Type": "text/calendar", **KNOWN})
    client.ask("PROPFIND", "/anna/", 207, b"", {"Depth": "1", **KNOWN})
    client.ask("REPORT", "/anna/work/", 207, REPORT, {"Depth": "1", **KNOWN})
    client.get("/anna/work/one.ics", **KNOWN)
    client.get("/anna/work/", **KNOWN)
    client.get("/anna/people/", **KNOWN)
    client.ask("MOVE", "/anna/work/one.ics", 201, None, {"Destination": "/anna/work/1.ics"} | KNOWN)
    client.ask("DELETE", "/anna/work/1.ics", 200, None, KNOWN)
    client.ask("DELETE", "/anna/people/", 200, None, KNOWN)
    client.get("/anna/work/one.ics", 404, **KNOWN)
    client.ask("PROPFIND", "/anna/", 207, b"", {"Depth": "1", **KNOWN})
