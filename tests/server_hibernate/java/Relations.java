import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.*;
import org.hibernate.Hibernate;
import org.hibernate.exception.ConstraintViolationException;

/** Associations, collections and inheritance: stored, changed, found, taken away. */
final class Relations {
    static void run() {
        Check.in(s -> {
            Shop.Author anna = new Shop.Author("Änna 🐍", LocalDate.of(1970, 2, 28));
            anna.address = new Shop.Address("Straße 1", "12345");
            anna.nicknames.addAll(List.of("A", "B", "C"));
            anna.phones.putAll(Map.of("home", "1", "work", "2"));
            anna.profile = new Shop.Profile();
            anna.profile.author = anna;
            anna.profile.motto = "so";
            Shop.Tag red = new Shop.Tag("red"), blue = new Shop.Tag("blue");
            s.persist(red);
            s.persist(blue);
            for (int n = 0; n < 12; n++) anna.add(new Shop.Book(String.format("Title %02d", n), (9 + n) + ".90", 100 * n)).tags.addAll(n % 4 == 0 ? List.of(red, blue) : List.of(red));
            s.persist(anna);
            Shop.Author bert = new Shop.Author("Bert", null);
            bert.add(new Shop.Book("Bert's", "1.00", 10));
            s.persist(bert);
        });
        changes();
        refusals();
        inheritance();
    }

    private static void changes() {
        Check.in(s -> {
            Shop.Author anna = s.bySimpleNaturalId(Shop.Author.class).load("Änna 🐍");
            Check.same(List.of(anna.books.size(), anna.books.get(11).title, anna.profile.motto, anna.address.zip()), List.of(12, "Title 11", "so", "12345"));
            Check.same(List.of(anna.nicknames, anna.phones), List.of(List.of("A", "B", "C"), Map.of("home", "1", "work", "2")));
            anna.nicknames.set(1, "Änn");
            anna.phones.remove("home");
            anna.books.remove(anna.books.get(11));
            anna.books.get(0).tags.clear();
        });
        Check.in(s -> {
            Shop.Author anna = s.createQuery("select a from Author a join fetch a.books b where a.name like 'Änna%'", Shop.Author.class).getSingleResult();
            Check.same(List.of(anna.books.size(), anna.nicknames, anna.phones.size(), anna.version), List.of(11, List.of("A", "Änn", "C"), 1, 1));
            Check.same(List.of(anna.books.get(0).tags.size(), anna.books.get(4).tags.size()), List.of(0, 2));
            Check.same(Hibernate.isInitialized(anna.profile), true);
            Shop.Line line = new Shop.Line();
            line.key = new Shop.LineKey(7, 1);
            line.book = anna.books.get(3);
            line.amount = 2;
            s.persist(line);
        });
        Check.in(s -> Check.same(s.find(Shop.Line.class, new Shop.LineKey(7, 1)).book.title, "Title 03"));
        // Of twelve books of two authors some come in batches by `in`.
        Check.in(s -> Check.same(s.createQuery("from Book b order by b.id", Shop.Book.class).getResultList().stream().mapToInt(b -> b.tags.size()).sum(), 12));
    }

    private static void refusals() {
        ConstraintViolationException twice = Check.refused(ConstraintViolationException.class, () -> Check.in(s -> s.persist(new Shop.Author("Bert", null))));
        Check.same(twice.getSQLException().getErrorCode(), 1062);
        ConstraintViolationException title = Check.refused(ConstraintViolationException.class, () -> Check.in(s -> s.createQuery("from Author where name = 'Bert'", Shop.Author.class).getSingleResult().add(new Shop.Book("Bert's", "1", 1))));
        Check.same(title.getConstraintName(), "book.one_title");
        Check.same(Check.refused(java.sql.SQLException.class, () -> Check.in(s -> s.createMutationQuery("update Book set price = -1").executeUpdate())).getErrorCode(), 3819);
        Check.same(Check.refused(ConstraintViolationException.class, () -> Check.in(s -> s.createNativeMutationQuery("insert into book_tag values (999, 'red')").executeUpdate())).getSQLException().getErrorCode(), 1452);
        Check.same(Check.refused(ConstraintViolationException.class, () -> Check.in(s -> s.createNativeMutationQuery("delete from tag where word = 'red'").executeUpdate())).getSQLException().getErrorCode(), 1451);
        Check.same(Check.refused(ConstraintViolationException.class, () -> Check.in(s -> s.createNativeMutationQuery("update book set title = null").executeUpdate())).getSQLException().getErrorCode(), 1048);
        Check.same(Check.refused(java.sql.SQLException.class, () -> Check.in(s -> s.persist(new Shop.Author("x".repeat(100), null)))).getErrorCode(), 1406);
    }

    private static void inheritance() {
        Check.in(s -> {
            Shop.Card card = new Shop.Card();
            card.amount = new BigDecimal("10.50");
            card.number = "42";
            s.persist(card);
            Shop.Cash cash = new Shop.Cash();
            cash.amount = BigDecimal.ONE;
            cash.coins = true;
            s.persist(cash);
            Shop.Dog dog = new Shop.Dog();
            dog.name = "Rex";
            dog.barks = 3;
            s.persist(dog);
            Shop.Cat cat = new Shop.Cat();
            cat.name = "Mia";
            cat.purrs = true;
            s.persist(cat);
            Shop.Circle circle = new Shop.Circle();
            circle.label = "round";
            circle.radius = 1.5;
            s.persist(circle);
            Shop.Square square = new Shop.Square();
            square.label = "edgy";
            square.side = 2;
            s.persist(square);
        });
        Check.in(s -> {
            Check.same(s.createQuery("select type(p) from Payment p order by p.amount", Class.class).getResultList(), List.of(Shop.Cash.class, Shop.Card.class));
            Check.same(s.createQuery("from Animal a order by a.name", Shop.Animal.class).getResultList().stream().map(a -> a.getClass().getSimpleName()).toList(), List.of("Cat", "Dog"));
            Check.same(s.createQuery("select s.label from Shape s order by s.label", String.class).getResultList(), List.of("edgy", "round"));
            Check.same(s.createQuery("from Shape s where treat(s as Circle).radius > 1", Shop.Shape.class).getResultList().size(), 1);
            // Changes to several tables at once go by way of a temporary table of ids.
            Check.same(s.createMutationQuery("update Dog set name = 'Max', barks = barks + 1").executeUpdate(), 1);
            Check.same(s.createMutationQuery("insert into Dog (name, barks) values ('Ben', 1), ('Leo', 2)").executeUpdate(), 2);
        });
        Check.in(s -> {
            Check.same(s.createQuery("select barks from Dog order by barks", Integer.class).getResultList(), List.of(1, 2, 4));
            Check.same(s.createMutationQuery("delete from Animal where name in ('Max', 'Mia')").executeUpdate(), 2);
            Check.same(s.createMutationQuery("update Shape set label = upper(label)").executeUpdate(), 2);
            Shop.Gone gone = new Shop.Gone();
            gone.id = 1;
            s.persist(gone);
        });
        Check.in(s -> s.remove(s.find(Shop.Gone.class, 1)));
        Check.in(s -> {
            Check.same(s.find(Shop.Gone.class, 1), null);
            Check.same(((Number) s.createNativeQuery("select count(*) from Gone where deleted", Object.class).getSingleResult()).intValue(), 1);
        });
    }
}
