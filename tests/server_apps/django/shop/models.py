"""Models with every kind of field and relation that Django's MySQL backend knows."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Publisher(models.Model):
    name = models.CharField(max_length=100, unique=True)
    site = models.URLField(blank=True)
    created = models.DateTimeField(auto_now_add=True)


class Author(models.Model):
    name = models.CharField(max_length=100, db_index=True)
    born = models.DateField(null=True)
    email = models.EmailField(null=True)
    mentor = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="pupils")

    class Meta:
        ordering = ["name"]


class Tag(models.Model):
    slug = models.SlugField(unique=True)


class Book(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=200, db_comment="As on the cover's front")
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="books")
    authors = models.ManyToManyField(Author, through="Credit", related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books")
    price = models.DecimalField(max_digits=10, decimal_places=2)
    pages = models.PositiveIntegerField(default=0)
    stock = models.SmallIntegerField(default=0)
    sold = models.BigIntegerField(default=0)
    rating = models.FloatField(null=True)
    available = models.BooleanField(default=True)
    published = models.DateTimeField(null=True)
    reading = models.DurationField(null=True)
    opens = models.TimeField(null=True)
    cover = models.BinaryField(null=True)
    details = models.JSONField(default=dict)
    notes = models.TextField(blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["publisher", "-price"], name="book_publisher_price"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="book_price_not_negative"),
            models.UniqueConstraint(fields=["publisher", "title"], name="book_once_a_publisher"),
        ]


class Credit(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    share = models.PositiveSmallIntegerField(default=100)

    class Meta:
        unique_together = [("book", "author")]


class Catalogue(models.Model):
    book = models.OneToOneField(Book, on_delete=models.CASCADE, primary_key=True)
    number = models.IntegerField(db_default=7)
    doubled = models.GeneratedField(
        expression=F("number") * 2, output_field=models.IntegerField(), db_persist=True
    )
    since = models.DateTimeField(db_default=Now())
