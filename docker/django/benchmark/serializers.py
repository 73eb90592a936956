# summary: what the endpoints answer
from rest_framework import serializers

from benchmark.models import Order, Product, User


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email", "full_name", "active", "created_at"]


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "category", "price", "stock"]


class OrderSerializer(serializers.ModelSerializer):
    username = serializers.CharField(source="user.username")
    items = serializers.IntegerField(source="item_count")
    total = serializers.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        model = Order
        fields = ["id", "username", "status", "created_at", "items", "total"]
