"""The quick start of flask-smorest: pets by marshmallow schemas, with pages, ETags and OpenAPI."""

import marshmallow as ma
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint, abort

app = Flask(__name__)
app.config["API_TITLE"] = "Pets"
app.config["API_VERSION"] = "v1"
app.config["OPENAPI_VERSION"] = "3.0.2"
app.config["OPENAPI_URL_PREFIX"] = "/"
app.config["OPENAPI_JSON_PATH"] = "api-spec.json"
app.config["OPENAPI_SWAGGER_UI_PATH"] = "/docs"
app.config["OPENAPI_SWAGGER_UI_URL"] = "https://cdn.example.com/swagger-ui/"
api = Api(app)
blp = Blueprint("pets", "pets", url_prefix="/pets", description="Operations on pets")
PETS = [{"id": number, "name": f"Pet {number}", "born": "2024-02-29"} for number in range(1, 31)]


class PetSchema(ma.Schema):
    id = ma.fields.Int(dump_only=True)
    name = ma.fields.String(required=True, validate=ma.validate.Length(min=2))
    born = ma.fields.Date()


class PetQueryArgs(ma.Schema):
    name = ma.fields.String()


@blp.route("/")
class Pets(MethodView):
    @blp.arguments(PetQueryArgs, location="query")
    @blp.response(200, PetSchema(many=True))
    @blp.paginate()
    def get(self, args, pagination_parameters):
        found = [self.loaded(pet) for pet in PETS if args.get("name", "") in pet["name"]]
        pagination_parameters.item_count = len(found)
        return found[pagination_parameters.first_item : pagination_parameters.last_item + 1]

    @blp.arguments(PetSchema)
    @blp.response(201, PetSchema)
    def post(self, new):
        return {"id": 31, **new}

    def loaded(self, pet):
        return {"id": pet["id"], **PetSchema().load({"name": pet["name"], "born": pet["born"]})}


@blp.route("/<int:number>")
class Pet(MethodView):
    @blp.etag
    @blp.response(200, PetSchema)
    def get(self, number):
        if number > len(PETS):
            abort(404, message="no such pet")
        return Pets().loaded(PETS[number - 1])

    @blp.response(204)
    def delete(self, number):
        return None


api.register_blueprint(blp)
