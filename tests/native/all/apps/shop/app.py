"""An API as FastAPI's users write them: pydantic models in and out, and access by tokens that RS256 signs."""

import datetime
import functools
import uuid
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import flask
import jwt
import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, computed_field, field_validator

# Every instance has it: what signs has to be the same in all requests.
KEY = load_pem_private_key(Path(__file__).with_name("key.pem").read_bytes(), None)
SECONDS = 3600

app = flask.Flask(__name__)


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w ]+$")]
    price: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    count: Annotated[int, Field(ge=1, le=100)] = 1
    size: Size = Size.SMALL

    @computed_field
    @property
    def total(self) -> Decimal:
        return self.price * self.count


class Order(BaseModel):
    id: uuid.UUID
    ordered: datetime.datetime
    page: HttpUrl | None = None
    items: Annotated[list[Item], Field(min_length=1)]
    gift_for: "Order | None" = None

    @field_validator("ordered")
    @classmethod
    def has_zone(cls, value):
        if value.tzinfo is None:
            raise ValueError("the time zone is missing")
        return value


def answered(value, status=200):
    return flask.Response(orjson.dumps(value), status, mimetype="application/json")


def needs_token(view):
    @functools.wraps(view)
    def checked(*words, **names):
        token = flask.request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            flask.g.claims = jwt.decode(token, KEY.public_key(), ["RS256"], audience="shop")
        except jwt.PyJWTError as error:
            return answered({"detail": str(error)}, 401)
        return view(*words, **names)

    return checked


@app.errorhandler(ValidationError)
def unprocessable(error):
    return answered({"detail": error.errors(include_url=False, include_context=False)}, 422)


@app.post("/token/<user>")
def token(user):
    now = int(flask.request.args["now"])
    claims = {"sub": user, "aud": "shop", "iat": now, "exp": now + SECONDS}
    return answered({"access_token": jwt.encode(claims, KEY, "RS256"), "token_type": "bearer"})


@app.post("/orders")
@needs_token
def order():
    made = Order.model_validate_json(flask.request.get_data(as_text=True))
    return answered({"by": flask.g.claims["sub"], "order": made.model_dump(mode="json")}, 201)


@app.get("/schema")
def schema():
    return answered(Order.model_json_schema())
