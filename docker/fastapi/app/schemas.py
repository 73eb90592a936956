# summary: what the endpoints answer
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    username: str
    email: str
    full_name: str
    active: bool
    created_at: datetime


class ProductOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    category: str
    price: Decimal
    stock: int


class OrderOut(BaseModel):
    id: int
    username: str
    status: str
    created_at: datetime
    items: int
    total: Decimal


class UserList(BaseModel):
    users: list[UserOut]


class ProductList(BaseModel):
    products: list[ProductOut]


class OrderList(BaseModel):
    orders: list[OrderOut]


class IoResult(BaseModel):
    files: int
    rounds: int
    users: int


class Health(BaseModel):
    status: str
    framework: str
    pool_min: int
    pool_max: int
