# summary: GET /users, /products, /orders: one query each, its 100 rows as JSON
from fastapi import APIRouter
from tortoise.functions import Count

from app.aggregates import SumProduct
from app.models import Order, Product, User
from app.schemas import OrderList, OrderOut, ProductList, ProductOut, UserList, UserOut

LIMIT = 100

router = APIRouter()


@router.get("/users")
async def users() -> UserList:
    rows = await User.all().order_by("id").limit(LIMIT)
    return UserList(users=[UserOut.model_validate(row) for row in rows])


@router.get("/products")
async def products() -> ProductList:
    rows = await Product.filter(stock__gt=0).order_by("category", "-price").limit(LIMIT)
    return ProductList(products=[ProductOut.model_validate(row) for row in rows])


@router.get("/orders")
async def orders() -> OrderList:
    rows = (
        await Order.annotate(item_count=Count("items"), total=SumProduct("items__quantity", "unit_price"))
        .group_by("id", "user__username", "status", "created_at")
        .order_by("-created_at")
        .limit(LIMIT)
        .values("id", "status", "created_at", "total", username="user__username", items="item_count")
    )
    return OrderList(orders=[OrderOut(**row) for row in rows])
