import nh3
from answers import by_path, raised

PAGE = """
<p onclick="steal()">Gr\u00fc\u00dfe <b>to</b> <a href="https://example.org/?a=1&amp;b=2" title='"'>all</a>
<script>alert(1)</script><style>p { color: red }</style><svg><a xlink:href="javascript:alert(1)">x</a></svg>
<a href="javascript:alert(1)">no</a><img src="a.png" alt="picture"><table><tr><td>1<td>2</table>
"""


def cleaned():
    return {
        "by default": nh3.clean(PAGE),
        "few tags": nh3.clean(PAGE, tags={"b", "a"}, attributes={"a": {"href"}}, link_rel=None),
        "with content": nh3.clean(PAGE, clean_content_tags={"style", "script"}),
        "schemes": nh3.clean(PAGE, url_schemes={"mailto"}),
        "filtered": nh3.clean(PAGE, attribute_filter=lambda tag, name, value: value.upper()),
        "cleaner": nh3.Cleaner(tags={"p"}).clean(PAGE),
    }


def texts():
    return nh3.clean_text(PAGE), nh3.is_html(PAGE), nh3.is_html("none"), len(nh3.ALLOWED_TAGS)


def refusals():
    return [
        raised(nh3.clean, PAGE, tags={"script"}, clean_content_tags={"script"}),
        raised(nh3.clean, PAGE, attributes={"a": {"rel"}}),
        raised(nh3.clean, 7),
    ]


app = by_path(cleaned=cleaned, texts=texts, refusals=refusals)
