"""django-oscar: catalogue, basket, registration, log in, the dashboard."""

APP = "wsgi.py"
NATIVE = "wsgi:application"
DATA = "data"
REMARK = "A product without an image is shown by an absolute link into a granted directory, which is refused."
PAGE = "/catalogue/"
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "shop_settings"}
VARIES = [r'name="csrfmiddlewaretoken" value="\w+"', r"\b\d\d?:\d\d (a|p)\.m\.", r"\d+ [AP]M"]


def prepare(project):
    project.run("python", "fill.py")


def exercise(client):
    client.follow(client.get("/", 302))
    product = client.get("/catalogue/jam_1/")
    client.get("/search/?q=jam")
    client.follow(client.post("/basket/add/1/", {**product.fields("/basket/add/"), "quantity": "2"}))
    client.get("/basket/")
    page = client.get("/accounts/login/")
    token = {"csrfmiddlewaretoken": page.fields("login-username")["csrfmiddlewaretoken"]}
    person = {"registration-email": "anna@example.com", "registration-password1": "Of-the-shop-1"}
    person |= {"registration-password2": "Of-the-shop-1", "registration_submit": "Register"}
    client.follow(client.post("/accounts/login/", {**token, **person}))
    client.get("/accounts/profile/")
    client.get("/accounts/logout/", 302)
    login = {
        "login-username": "admin@example.com",
        "login-password": "of-the-exercise",
        "login_submit": "Log In",
    }
    token = {
        "csrfmiddlewaretoken": client.get("/accounts/login/").fields("login-username")["csrfmiddlewaretoken"]
    }
    client.post("/accounts/login/", {**token, **login, "login-password": "another"}, 200)
    client.post("/accounts/login/", {**token, **login})
    client.get("/dashboard/")
    client.get("/dashboard/catalogue/")
    client.get("/dashboard/orders/")
    client.get("/nowhere/", 404)
