"""The archive of a product's infrastructure files over HTTP."""

import io
import tarfile

from graph_api.app import create_app
from graph_api.database import Database
from schema.context import Context
from schema.schema import schema
from tests.graph_api.tiny import ADMIN, client, settings
from tests.writes import a_domain, a_product, contract

BATCH = {"kind": "BATCH", "uri": "s3://data-mesh-sales/orders/"}


def app(tmp_path, driver, endpoint, **changes):
    database = Database(driver, endpoint.database)
    return create_app(settings(tmp_path, **changes), schema, database.store, Context)


async def test_the_archive_has_the_files_and_is_the_same_each_time(store, tmp_path, driver, clean_database):
    await a_domain(store)
    product = await a_product(store, access_points=[BATCH], contract=contract())
    path = f"/api/v1/products/{product.id}/infrastructure.tar.gz"
    async with client(app(tmp_path, driver, clean_database)) as http:
        answer = await http.get(path)
        again = await http.get(path)
        known = await http.get(path, headers={"if-none-match": answer.headers["etag"]})
        absent = await http.get("/api/v1/products/prd_none/infrastructure.tar.gz")
        by_urn = await http.get(f"/api/v1/products/{product.urn}/infrastructure.tar.gz")
        encoded = await http.get("/api/v1/products/urn%3Amesh%3Asales%3Aorders/infrastructure.tar.gz")
        no_urn = await http.get("/api/v1/products/urn:mesh:sales:none/infrastructure.tar.gz")
        posted = await http.post(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["content-disposition"] == 'attachment; filename="sales-orders-infrastructure.tar.gz"'
    assert answer.content == again.content == by_urn.content == encoded.content
    assert no_urn.status_code == 404
    assert no_urn.json()["errors"][0]["message"] == "There is no data product 'urn:mesh:sales:none'."
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as tar:
        assert "sales-orders/terraform/storage.tf.json" in tar.getnames()
    assert (known.status_code, known.content) == (304, b"")
    assert (absent.status_code, absent.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert posted.status_code == 405


async def test_the_archive_takes_the_rights_of_a_read(store, tmp_path, driver, clean_database):
    await a_domain(store)
    product = await a_product(store)
    path = f"/api/v1/products/{product.id}/infrastructure.tar.gz"
    async with client(app(tmp_path, driver, clean_database, anonymous_reads=False)) as http:
        assert (await http.get(path)).status_code == 401
        assert (await http.get(path, headers={"authorization": f"Bearer {ADMIN}"})).status_code == 200
        assert (await http.get(path, headers={"authorization": "Bearer wrong"})).status_code == 401
