# summary: paths of the endpoints
from django.urls import path

from benchmark import views

urlpatterns = [
    path("io-intensive", views.IoIntensive.as_view()),
    path("users", views.UserList.as_view()),
    path("products", views.ProductList.as_view()),
    path("orders", views.OrderList.as_view()),
    path("health", views.Health.as_view()),
]
