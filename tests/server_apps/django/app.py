"""What a Django application does from its first day on: migrations, an administrator, models in and out.

Runs against the server at DB_HOST and DB_PORT in the schema DB_SCHEMA, which is there and empty. Prints a line
for each step; the last is `ok`. A step that fails ends the program.
"""

import contextlib
import datetime as dt
import io
import os
import sys
import threading
import uuid
from decimal import Decimal

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
sys.dont_write_bytecode = True

import django

django.setup()

from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Avg, Case, Count, Exists, F, Max, OuterRef, Prefetch, Q, StdDev, Subquery, Sum, Value, When, Window
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear, Length, Lower, Now, Rank, TruncDay, TruncMonth, Upper
from shop.models import Author, Book, Catalogue, Credit, Publisher, Tag

STEPS = []


def step(function):
    STEPS.append(function)
    return function


def same(found, wanted):
    assert found == wanted, f"found {found!r}, not {wanted!r}"


def output(*arguments, **options):
    text = io.StringIO()
    call_command(*arguments, stdout=text, **options)
    return text.getvalue()


@step
def migrations():
    call_command("check", databases=["default"])
    output("makemigrations", "shop")
    output("migrate")
    same(output("showmigrations", "--plan").count("[ ]"), 0)
    assert "No changes detected" in output("makemigrations", "--check", "--dry-run")
    output("migrate", "auth", "0009")
    output("migrate", "auth")


@step
def administrator():
    from django.contrib.auth import authenticate
    from django.contrib.auth.models import Group, Permission, User

    os.environ["DJANGO_SUPERUSER_PASSWORD"] = "geheim"
    output("createsuperuser", "--noinput", username="root", email="root@example.org")
    same(authenticate(username="root", password="geheim").is_superuser, True)
    same(authenticate(username="root", password="falsch"), None)
    group = Group.objects.create(name="sellers")
    group.permissions.set(Permission.objects.filter(content_type__app_label="shop"))
    user = User.objects.create_user("anna", password="a")
    user.groups.add(group)
    same(user.has_perm("shop.change_book"), True)


@step
def sessions_and_admin():
    from django.test import Client
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session["cart"] = [1, "zwei", {"drei": 3}]
    session.save()
    same(SessionStore(session.session_key)["cart"], [1, "zwei", {"drei": 3}])
    client = Client()
    same(client.login(username="root", password="geheim"), True)
    output("clearsessions")


@step
def rows():
    publishers = Publisher.objects.bulk_create([Publisher(name=f"Verlag {n}") for n in range(3)])
    same([Publisher.objects.get(name=p.name).name for p in publishers], ["Verlag 0", "Verlag 1", "Verlag 2"])
    publishers = list(Publisher.objects.order_by("name"))
    anna = Author.objects.create(name="Anna Ärmel", born=dt.date(1970, 2, 28), email="anna@example.org")
    bert = Author.objects.create(name="Bert 🐍", mentor=anna)
    red, blue = Tag.objects.create(slug="red"), Tag.objects.create(slug="blue")
    for n in range(12):
        book = Book.objects.create(
            key=uuid.UUID(int=n),
            title=f"Title {n}",
            publisher=publishers[n % 3],
            price=Decimal("9.90") + n,
            pages=100 * n,
            stock=n - 3,
            sold=2**40 + n,
            rating=None if n == 0 else n / 2,
            available=n % 2 == 0,
            published=dt.datetime(2020, 1 + n, 15, 23, 30, 0, 123456, dt.timezone.utc),
            reading=dt.timedelta(hours=n, microseconds=5),
            opens=dt.time(8, n, 30),
            cover=bytes(range(256)) if n == 1 else None,
            details={"n": n, "list": [1, None, "ä"], "deep": {"yes": True}},
            notes="x" * 1000 * n,
            address="192.168.0.1",
        )
        Credit.objects.create(book=book, author=anna, share=60)
        if n % 2:
            Credit.objects.create(book=book, author=bert, share=40)
        book.tags.add(*([red, blue] if n % 4 == 0 else [red]))
    book = Book.objects.get(key=uuid.UUID(int=1))
    same(bytes(book.cover), bytes(range(256)))
    same((book.price, book.sold, book.reading), (Decimal("10.90"), 2**40 + 1, dt.timedelta(hours=1, microseconds=5)))
    same(book.published, dt.datetime(2020, 2, 15, 23, 30, 0, 123456, dt.timezone.utc))
    same((book.details["list"], book.opens, book.available), ([1, None, "ä"], dt.time(8, 1, 30), False))
    entry = Catalogue.objects.create(book=book)
    entry.refresh_from_db()
    same((entry.number, entry.doubled), (7, 14))


@step
def lookups():
    books = Book.objects.all()
    same(books.filter(title__iexact="TITLE 3").count(), 1)
    same(books.filter(title__exact="Title 3").count(), 1)
    same(books.filter(title__contains="le 1").count(), 3)
    same(books.filter(title__startswith="title").count(), 0)
    same(books.filter(title__istartswith="title").count(), 12)
    same(books.filter(title__regex=r"^Title 1[01]$").count(), 2)
    same(books.filter(title__iregex=r"^title \d$").count(), 10)
    same(books.filter(price__range=(10, 12)).count(), 2)
    same(books.filter(rating__isnull=True).count(), 1)
    same(books.filter(published__year=2020, published__month=3).count(), 1)
    same(books.filter(published__date=dt.date(2020, 3, 16)).count(), 1)
    same(books.filter(published__hour=0, published__week_day=5).count(), 1)
    same(books.filter(reading__gt=dt.timedelta(hours=10)).count(), 2)
    same(books.filter(details__n=4).count(), 1)
    same(books.filter(details__deep__yes=True).count(), 12)
    same(books.filter(details__n__gte=10).count(), 2)
    same(books.filter(details__has_key="list").count(), 12)
    same(books.filter(details__contains={"n": 5}).count(), 1)
    same(books.filter(details__list__2="ä").count(), 12)
    same(books.filter(details__list__1=None).count(), 12)
    same(books.filter(authors__name__startswith="Bert").count(), 6)
    same(books.exclude(tags__slug="blue").count(), 9)
    same(books.filter(Q(stock__lt=0) | ~Q(available=True) & Q(pages__gt=1000)).count(), 4)
    same(books.filter(key__in=[uuid.UUID(int=1), uuid.UUID(int=2)]).count(), 2)
    same(Author.objects.get(pupils__name="Bert 🐍").name, "Anna Ärmel")
    same(list(books.order_by("-price").values_list("title", flat=True)[1:3]), ["Title 10", "Title 9"])


@step
def aggregates():
    totals = Book.objects.aggregate(Sum("price"), Avg("rating"), Max("published"), Count("rating"), StdDev("stock"))
    same(totals["price__sum"], Decimal("184.80"))
    same((totals["rating__avg"], totals["rating__count"]), (3.0, 11))
    same(round(totals["stock__stddev"], 6), 3.452053)
    counted = Publisher.objects.annotate(n=Count("books"), total=Sum("books__price")).filter(n__gt=1).order_by("name")
    same([(p.n, p.total) for p in counted], [(4, Decimal("57.60")), (4, Decimal("61.60")), (4, Decimal("65.60"))])
    months = Book.objects.annotate(month=TruncMonth("published")).values("month").annotate(n=Count("*")).order_by("month")
    same((len(months), months[0]["month"].month), (12, 1))
    same(Book.objects.dates("published", "month").count(), 12)
    same(Author.objects.annotate(n=Count("books", distinct=True)).values_list("n", flat=True)[0], 12)
    ranked = Book.objects.annotate(place=Window(Rank(), partition_by="publisher", order_by=F("price").desc()))
    same(ranked.filter(place=1).count(), 3)
    same(Book.objects.values_list("available").distinct().count(), 2)


@step
def expressions():
    newest = Book.objects.filter(publisher=OuterRef("pk")).order_by("-published")
    named = Publisher.objects.annotate(newest=Subquery(newest.values("title")[:1])).order_by("name")
    same([p.newest for p in named], ["Title 9", "Title 10", "Title 11"])
    same(Publisher.objects.filter(Exists(newest.filter(pages__gt=1000))).count(), 1)
    kinds = Book.objects.annotate(kind=Case(When(price__lt=12, then=Value("cheap")), default=Value("dear")))
    same(kinds.filter(kind="cheap").count(), 3)
    text = Book.objects.annotate(text=Concat(Upper("title"), Value(" / "), Cast("pages", models.CharField(max_length=10))))
    same(text.get(pages=300).text, "TITLE 3 / 300")
    same(Book.objects.annotate(l=Length("notes")).aggregate(Max("l"))["l__max"], 11000)
    same(Book.objects.filter(published__lt=Now()).count(), 12)
    same(Book.objects.annotate(y=ExtractYear("published")).filter(y=2020).count(), 12)
    both = Book.objects.filter(pages=100).union(Book.objects.filter(pages=200)).order_by("pages")
    same([book.pages for book in both], [100, 200])
    same(Book.objects.filter(pages__lt=300).intersection(Book.objects.filter(stock__lt=-1)).count(), 2)
    same(Book.objects.order_by(Coalesce("rating", Value(99.0)).desc()).first().rating, None)
    same(Book.objects.raw("SELECT * FROM shop_book WHERE pages = %s", [500])[0].title, "Title 5")
    same(len(Book.objects.filter(pages=100).explain()) > 0, True)


@step
def relations():
    books = Book.objects.select_related("publisher").prefetch_related("tags", Prefetch("authors"))
    found = {book.title: (book.publisher.name, len(book.tags.all()), len(book.authors.all())) for book in books}
    same(found["Title 4"], ("Verlag 1", 2, 1))
    same(found["Title 5"], ("Verlag 2", 1, 2))
    book = Book.objects.get(pages=300)
    book.tags.set(Tag.objects.filter(slug="blue"))
    same([tag.slug for tag in book.tags.all()], ["blue"])
    book.tags.clear()
    same(Tag.objects.annotate(n=Count("books")).get(slug="red").n, 11)


@step
def changes():
    same(Book.objects.filter(stock__lt=0).update(stock=F("stock") + 10), 3)
    same(Book.objects.filter(publisher__name="Verlag 1").update(available=Exists(Tag.objects.filter(slug="red"))), 4)
    row, made = Tag.objects.get_or_create(slug="green")
    same((made, Tag.objects.get_or_create(slug="green")[1]), (True, False))
    author, made = Author.objects.update_or_create(name="Carla", defaults={"email": "c@example.org"})
    same((made, author.pk is not None), (True, True))
    Tag.objects.bulk_create([Tag(slug="red"), Tag(slug="new")], ignore_conflicts=True)
    same(Tag.objects.count(), 4)
    Publisher.objects.bulk_create(
        [Publisher(name="Verlag 0", site="http://0.example.org"), Publisher(name="Verlag 9")],
        update_conflicts=True,
        update_fields=["site"],
    )
    same(Publisher.objects.get(name="Verlag 0").site, "http://0.example.org")
    books = list(Book.objects.order_by("title"))
    for book in books:
        book.pages += 1
    same(Book.objects.bulk_update(books, ["pages"], batch_size=5), 12)
    same(Book.objects.in_bulk([uuid.UUID(int=2)])[uuid.UUID(int=2)].pages, 201)
    Tag.objects.bulk_create([Tag(slug=f"t{n}") for n in range(2000)])
    same(sum(1 for _ in Tag.objects.filter(slug__startswith="t").iterator(chunk_size=100)), 2000)
    same(Tag.objects.filter(slug__startswith="t").delete()[0], 2000)


@step
def deletions():
    with contextlib.suppress(models.ProtectedError):
        Publisher.objects.get(name="Verlag 1").delete()
        raise AssertionError("a publisher with books went")
    same(Publisher.objects.filter(name="Verlag 9").delete(), (1, {"shop.Publisher": 1}))
    gone = Book.objects.get(title="Title 1").delete()[1]
    same(gone, {"shop.Book_tags": 1, "shop.Credit": 2, "shop.Catalogue": 1, "shop.Book": 1})
    Author.objects.get(name="Anna Ärmel").delete()
    same((Author.objects.get(name="Bert 🐍").mentor, Credit.objects.count()), (None, 5))


@step
def refusals():
    def refused(error, function, *arguments, **values):
        try:
            with transaction.atomic():
                function(*arguments, **values)
        except error as caught:
            return caught.args[0]
        raise AssertionError("it was not refused")

    same(refused(IntegrityError, Tag.objects.create, slug="red"), 1062)
    same(refused(DatabaseError, Book.objects.filter(pages=201).update, price=-1), 3819)
    same(refused(IntegrityError, Credit.objects.create, book_id=uuid.uuid4(), author_id=1), 1452)
    same(refused(DatabaseError, Tag.objects.create, slug="x" * 300), 1406)
    same(refused(IntegrityError, Book.objects.filter(pages=201).update, title=None), 1048)
    same(refused(DatabaseError, Book.objects.filter(pages=201).update, stock=40000), 1264)


@step
def transactions():
    with contextlib.suppress(KeyError), transaction.atomic():
        Tag.objects.create(slug="outer")
        with contextlib.suppress(ValueError), transaction.atomic():
            Tag.objects.create(slug="inner")
            raise ValueError
        same(list(Tag.objects.filter(slug__in=["outer", "inner"]).values_list("slug", flat=True)), ["outer"])
        raise KeyError
    same(Tag.objects.filter(slug__in=["outer", "inner"]).count(), 0)
    done = []
    with transaction.atomic():
        transaction.on_commit(lambda: done.append(1))
        Tag.objects.create(slug="kept")
    same((done, Tag.objects.filter(slug="kept").count()), ([1], 1))


@step
def locks():
    same(connection.features.has_select_for_update_nowait, True)
    held, free = threading.Event(), threading.Event()

    def holder():
        with transaction.atomic():
            Tag.objects.select_for_update().get(slug="red")
            held.set()
            free.wait(30)
        connection.close()

    thread = threading.Thread(target=holder)
    thread.start()
    assert held.wait(30), "the lock was not got"
    try:
        with transaction.atomic():
            Tag.objects.select_for_update(nowait=True).get(slug="red")
        raise AssertionError("the lock was free")
    except DatabaseError as error:
        same(error.args[0], 3572)
    with transaction.atomic():
        others = Tag.objects.select_for_update(skip_locked=True).values_list("slug", flat=True)
        same("red" in list(others), False)
        book = Book.objects.select_for_update(of=("self",)).select_related("publisher").get(pages=201)
        same(book.publisher.name, "Verlag 2")
    free.set()
    thread.join()


@step
def schema_changes():
    with connection.schema_editor() as editor:
        field = models.CharField(max_length=20, default="x", null=False)
        field.set_attributes_from_name("colour")
        editor.add_field(Tag, field)
        wider = models.TextField(null=True)
        wider.set_attributes_from_name("colour")
        editor.alter_field(Tag, field, wider)
        renamed = models.TextField(null=True)
        renamed.set_attributes_from_name("tint")
        editor.alter_field(Tag, wider, renamed)
        editor.remove_field(Tag, renamed)
        index = models.Index(fields=["slug", "id"], name="tag_slug_id")
        editor.add_index(Tag, index)
        editor.remove_index(Tag, index)
        editor.alter_db_table(Tag, "shop_tag", "shop_label")
        editor.alter_db_table(Tag, "shop_label", "shop_tag")
    same(Tag.objects.get(slug="red").slug, "red")


@step
def introspection():
    text = output("inspectdb")
    for line in [
        "class ShopBook(models.Model):",
        "title = models.CharField(max_length=200, db_comment=\"As on the cover's front\")",
        "price = models.DecimalField(max_digits=10, decimal_places=2)",
        "publisher = models.ForeignKey('ShopPublisher', models.DO_NOTHING)",
        "unique_together = (('book', 'author'),)",
        "details = models.JSONField()",
        "available = models.IntegerField()",
        "reading = models.BigIntegerField(blank=True, null=True)",
        "book = models.OneToOneField(ShopBook, models.DO_NOTHING, primary_key=True)",
    ]:
        assert line in text, f"inspectdb lacks {line!r}:\n{text}"
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "shop_book")
    same(found["book_price_not_negative"]["check"], True)
    same(found["book_once_a_publisher"]["columns"], ["publisher_id", "title"])
    same((found["book_publisher_price"]["index"], found["book_publisher_price"]["orders"]), (True, ["ASC", "DESC"]))
    output("dumpdata", "shop")


@step
def emptied():
    output("flush", "--noinput")
    same(Tag.objects.count(), 0)
    output("migrate", "shop", "zero")
    with connection.cursor() as cursor:
        left = [name for name in connection.introspection.table_names(cursor) if name.startswith("shop_")]
    same(left, [])


for each in STEPS:
    each()
    print(each.__name__, flush=True)
print("ok")
