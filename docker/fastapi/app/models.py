# summary: the four tables of the workload, as in sql/workload_schema.sql
from tortoise import fields
from tortoise.models import Model

# No foreign keys in the database (db_constraint), so that sql/workload_seed.sql may TRUNCATE and so that row locks come
# from the workload's statements only.


class User(Model):
    id = fields.BigIntField(pk=True)
    username = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=255, index=True)
    full_name = fields.CharField(max_length=128, default="")
    active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "users"


class Product(Model):
    id = fields.BigIntField(pk=True)
    name = fields.CharField(max_length=128)
    category = fields.CharField(max_length=32)
    price = fields.DecimalField(max_digits=10, decimal_places=2)
    stock = fields.IntField(default=0)

    class Meta:
        table = "products"
        indexes = (("category", "price"),)


class Order(Model):
    id = fields.BigIntField(pk=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="orders", db_constraint=False, index=True
    )
    status = fields.CharField(max_length=16)
    created_at = fields.DatetimeField(index=True)

    class Meta:
        table = "orders"


class OrderItem(Model):
    id = fields.BigIntField(pk=True)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "models.Order", related_name="items", db_constraint=False, index=True
    )
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "models.Product", related_name="order_items", db_constraint=False, index=True
    )
    quantity = fields.IntField()
    unit_price = fields.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        table = "order_items"
