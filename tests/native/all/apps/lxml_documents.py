import io

from answers import by_path, raised
from lxml import etree, html, objectify
from lxml.builder import E
from lxml.html.diff import htmldiff

SHOP = """\
<shop xmlns:x="urn:x"><item price="2" x:id="a">Gr\u00fc\u00dfe</item><item price="10">B</item></shop>"""
PAGE = """<html><head><title>T</title></head><body><div class="a"><p>Hi <b>there</b><br>again</p>
<a href="/one">1</a><a href="two?x=1&amp;y=2">2</a></div></body></html>"""
SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:str="http://exslt.org/strings" extension-element-prefixes="str">
<xsl:param name="from"/>
<xsl:template match="/"><list from="{$from}">
<xsl:for-each select="//item"><xsl:sort select="@price" data-type="number" order="descending"/>
<li n="{position()}"><xsl:value-of select="."/></li></xsl:for-each>
<sum><xsl:value-of select="format-number(sum(//@price), '#.00')"/></sum>
<xsl:for-each select="str:tokenize('a-b', '-')"><t><xsl:value-of select="."/></t></xsl:for-each>
</list></xsl:template></xsl:stylesheet>"""
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:complexType>
<xs:attribute name="n" type="xs:positiveInteger" use="required"/></xs:complexType></xs:element></xs:schema>"""
RELAX = """<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><oneOrMore><element name="b"><text/>
</element></oneOrMore></element>"""
LAUGHS = "<!DOCTYPE a [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{of};' * 10}'>" for of, name in zip("abcdefghi", "bcdefghij", strict=True)
)
LAUGHTER = f"{LAUGHS}]><a>&j;</a>"


def queries():
    shop = etree.fromstring(SHOP)
    return {
        "texts": shop.xpath("//item[@price > 1]/text()"),
        "number": shop.xpath("sum(//@price) div count(//item)"),
        "prefixed": shop.xpath("//@x:id", namespaces={"x": "urn:x"}),
        "variable": [found.text for found in shop.xpath("//item[@price=$p]", p="10")],
        "regex": shop.xpath(
            "re:test('a1', '\\d')", namespaces={"re": "http://exslt.org/regular-expressions"}
        ),
        "found": shop.find("item[@price='2']").text,
        "written": etree.tostring(shop, encoding="unicode", pretty_print=True),
        "canonical": etree.tostring(shop, method="c14n").decode(),
        "latin": etree.tostring(shop, encoding="iso-8859-1").hex(),
        "built": etree.tostring(E.a(E.b("x", n="1"))).decode(),
        "events": [
            (event, found.tag) for event, found in etree.iterparse(io.BytesIO(SHOP.encode()), ("end",))
        ],
    }


def transformed():
    return str(etree.XSLT(etree.XML(SHEET))(etree.XML(SHOP), **{"from": "'here'"}))


def pages():
    page = html.fromstring(PAGE)
    page.make_links_absolute("https://example.com/shop/")
    return {
        "links": [link for _, _, link, _ in page.iterlinks()],
        "text": page.text_content(),
        "title": page.findtext(".//title"),
        "written": html.tostring(page, encoding="unicode"),
        "changed": htmldiff("<p>one <b>two</b></p>", "<p>one <b>three</b></p>"),
        "fragments": [found.tag for found in html.fragments_fromstring("<p>1</p><div>2</div>")],
    }


def validated():
    schema = etree.XMLSchema(etree.XML(SCHEMA))
    relax = etree.RelaxNG(etree.XML(RELAX))
    return {
        "schema": [schema.validate(etree.XML(text)) for text in ('<a n="1"/>', '<a n="0"/>', "<a/>")],
        "said": schema.error_log.last_error.type_name,
        "relax": [relax.validate(etree.XML(text)) for text in ("<a><b/></a>", "<a/>")],
        "sum": int(objectify.fromstring("<a><n>5</n><n>6</n></a>").n[1] + 1),
    }


def refusals():
    texts = ["<a><b></a>", "", "<a>&nothing;</a>", "<a b='1' b='2'/>", "<a>\x01</a>"]
    found = [raised(etree.fromstring, text) for text in texts]
    return [one and one[0] for one in found], raised(etree.fromstring(SHOP).xpath, "//item[")


def laughs():
    """As the parser bounds what entities become."""
    return raised(etree.fromstring, LAUGHTER)[0]


def bomb():
    """Without that bound: 20 GB."""
    parser = etree.XMLParser(huge_tree=True, resolve_entities=True)
    text = etree.fromstring(LAUGHTER, parser).text
    assert len(text) == 2 * 10**10, "it is not whole"


def deep():
    parser = etree.XMLParser(huge_tree=True)
    depth = 2_000_000
    root = etree.fromstring("<a>" * depth + "</a>" * depth, parser)
    return len(etree.tostring(root))


def shallow():
    return raised(etree.fromstring, "<a>" * 1000 + "</a>" * 1000)[0]


app = by_path(
    queries=queries,
    transformed=transformed,
    pages=pages,
    validated=validated,
    refusals=refusals,
    laughs=laughs,
    shallow=shallow,
    bomb=bomb,
    deep=deep,
)
