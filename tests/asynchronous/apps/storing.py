"""boto3 with a store that another one plays: `/?<origin>`."""

import json

import boto3
from botocore.config import Config

_KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-central-1"}


def application(environ, start_response):
    config = Config(s3={"addressing_style": "path"})
    s3 = boto3.client("s3", endpoint_url=environ["QUERY_STRING"], config=config, **_KEYS)
    tag = s3.put_object(Bucket="bucket", Key="key", Body=b"x" * 1_000_000)["ETag"]
    told = json.load(s3.get_object(Bucket="bucket", Key="key")["Body"])
    signed = told["headers"]["authorization"].partition(" ")[0]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([tag, told["method"], told["path"], signed]).encode()]
