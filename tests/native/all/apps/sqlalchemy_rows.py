import sqlalchemy
from answers import by_path, raised
from sqlalchemy import ForeignKey, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.util import has_compiled_ext


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shop"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    items: Mapped[list["Item"]] = relationship(back_populates="shop")


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[float]
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    shop: Mapped[Shop] = relationship(back_populates="items")


def rows():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Shop(name="Gr\u00fc\u00dfe", items=[Item(price=price / 4) for price in range(200)]))
        session.commit()
        total = session.execute(select(Shop.name, func.sum(Item.price)).join(Item).group_by(Shop.name)).one()
        cheap = session.scalars(select(Item).where(Item.price < 1).order_by(Item.price)).all()
        row = session.execute(select(Item.id, Item.price).limit(1)).mappings().one()
        return {
            "total": list(total),
            "name": total.name,
            "cheap": [item.price for item in cheap],
            "shop": cheap[0].shop.name,
            "row": dict(row),
            "sql": str(select(Item).where(Item.id.in_([1, 2]))),
            "compiled": has_compiled_ext(),
            "version": sqlalchemy.__version__,
        }


def refusals():
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        kind, text = raised(connection.execute, sqlalchemy.text("select nothing"))
    return kind, text.splitlines()[0]


app = by_path(rows=rows, refusals=refusals)
