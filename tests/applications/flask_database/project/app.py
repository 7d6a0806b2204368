"""A shop's list with accounts: Flask-SQLAlchemy, -Login, -WTF, -Migrate and -Admin by their quick starts."""

import os

from flask import Flask, flash, redirect, render_template_string, request, url_for
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.file import FileAllowed, FileField
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import EmailField, IntegerField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, NumberRange

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
db = SQLAlchemy(app)
migrate = Migrate(app, db)
CSRFProtect(app)
login_manager = LoginManager(app)
login_manager.login_view = "login"


class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    items: Mapped[list["Item"]] = relationship(back_populates="owner")


class Item(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[int]
    owner_id: Mapped[int | None] = mapped_column(db.ForeignKey("user.id"))
    owner: Mapped[User | None] = relationship(back_populates="items")


admin = Admin(app, name="shop")
admin.add_view(ModelView(Item, db))


class AccountForm(FlaskForm):
    email = EmailField(validators=[DataRequired(), Email()])
    password = PasswordField(validators=[DataRequired()])


class ItemForm(FlaskForm):
    name = StringField(validators=[DataRequired()])
    price = IntegerField(validators=[NumberRange(min=1)])
    note = FileField(validators=[FileAllowed(["txt"])])


PAGE = """<!doctype html><title>shop</title>
{% for message in get_flashed_messages() %}<p>{{ message }}{% endfor %}
{% if form %}<form method="post" enctype="multipart/form-data">{{ form.hidden_tag() }}
{% for field in form if field.widget.input_type != "hidden" %}{{ field.label }}{{ field }}{{ field.errors }}{% endfor %}
</form>{% endif %}
<ul>{% for item in items %}<li>{{ item.name }}: {{ item.price }} of {{ item.owner.email }}{% endfor %}</ul>
{{ note }}"""


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


@app.get("/")
def index():
    page = db.paginate(db.select(Item).order_by(Item.name), per_page=10)
    return render_template_string(PAGE, items=page.items)


@app.route("/register", methods=["GET", "POST"])
def register():
    form = AccountForm()
    if form.validate_on_submit():
        password = generate_password_hash(form.password.data)
        db.session.add(User(email=form.email.data, password=password))
        db.session.commit()
        flash("registered")
        return redirect(url_for("login"))
    return render_template_string(PAGE, form=form)


@app.route("/login", methods=["GET", "POST"])
def login():
    form = AccountForm()
    if form.validate_on_submit():
        user = db.session.scalar(db.select(User).filter_by(email=form.email.data))
        if user and check_password_hash(user.password, form.password.data):
            login_user(user, remember=True)
            return redirect(request.args.get("next") or url_for("index"))
        flash("no such account")
    return render_template_string(PAGE, form=form)


@app.get("/logout")
def logout():
    logout_user()
    return redirect(url_for("index"))


@app.route("/new", methods=["GET", "POST"])
@login_required
def new():
    form = ItemForm()
    if form.validate_on_submit():
        db.session.add(Item(name=form.name.data, price=form.price.data, owner=current_user))
        db.session.commit()
        note = form.note.data.read().decode() if form.note.data else ""
        return render_template_string(PAGE, items=current_user.items, note=note)
    return render_template_string(PAGE, form=form)
