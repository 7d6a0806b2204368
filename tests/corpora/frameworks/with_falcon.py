"""Falcon: sends back what it takes for the request's body."""

import falcon


class Echo:
    def on_post(self, request, response):
        response.text = f"{request.content_length} {request.bounded_stream.read().decode()}"

    on_put = on_delete = on_post


app = falcon.App()
app.add_route("/", Echo())
