# summary: the endpoints
from django.conf import settings
from django.db.models import Count, F, Sum
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmark import workload
from benchmark.models import Order, Product, User
from benchmark.serializers import OrderSerializer, ProductSerializer, UserSerializer

LIMIT = 100


class NamedListView(ListAPIView):
    """The first rows of a query, under a name, as FastAPI answers them."""

    name: str

    def list(self, request, *args, **kwargs):
        rows = self.get_queryset()[:LIMIT]
        return Response({self.name: self.get_serializer(rows, many=True).data})


class UserList(NamedListView):
    name = "users"
    queryset = User.objects.order_by("id")
    serializer_class = UserSerializer


class ProductList(NamedListView):
    name = "products"
    queryset = Product.objects.filter(stock__gt=0).order_by("category", "-price")
    serializer_class = ProductSerializer


class OrderList(NamedListView):
    name = "orders"
    queryset = (
        Order.objects.select_related("user")
        .annotate(item_count=Count("items"), total=Sum(F("items__quantity") * F("items__unit_price")))
        .order_by("-created_at")
    )
    serializer_class = OrderSerializer


class IoIntensive(APIView):
    def post(self, request):
        return Response(workload.io_intensive())


class Health(APIView):
    """Says that the application serves, without asking the database."""

    def get(self, request):
        return Response({"status": "ok", "framework": "django", "conn_max_age": settings.DATABASES["default"]["CONN_MAX_AGE"]})
