# summary: the four tables of the workload, as in sql/workload_schema.sql
from django.db import models

# No foreign keys in the database (db_constraint), so that sql/workload_seed.sql may TRUNCATE and so that row locks come
# from the workload's statements only. DO_NOTHING follows from that, and lets Django delete with one statement.


class User(models.Model):
    username = models.CharField(max_length=64, unique=True)
    email = models.CharField(max_length=255, db_index=True)
    full_name = models.CharField(max_length=128, default="", blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "users"


class Product(models.Model):
    name = models.CharField(max_length=128)
    category = models.CharField(max_length=32)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=0)

    class Meta:
        db_table = "products"
        indexes = [models.Index(fields=["category", "price"], name="products_category_price")]


class Order(models.Model):
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="orders", db_constraint=False)
    status = models.CharField(max_length=16)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "orders"


class OrderItem(models.Model):
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="items", db_constraint=False)
    product = models.ForeignKey(Product, models.DO_NOTHING, related_name="order_items", db_constraint=False)
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        db_table = "order_items"
