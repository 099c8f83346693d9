from django.db import models


class User(models.Model):
    email = models.TextField()
    name = models.TextField(null=True)

    class Meta:
        db_table = 'users'


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    total = models.IntegerField()
    note = models.CharField(max_length=40, null=True)

    class Meta:
        db_table = 'orders'
        # indexes
