import jakarta.persistence.*;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.*;
import org.hibernate.annotations.BatchSize;
import org.hibernate.annotations.ColumnDefault;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.OnDelete;
import org.hibernate.annotations.OnDeleteAction;
import org.hibernate.annotations.SoftDelete;

/** Entities that point to each other, inherit, and get their keys in every way. */
final class Shop {
    static final Class<?>[] ENTITIES = {
        Kinds.class, Author.class, Profile.class, Book.class, Tag.class, Line.class, Payment.class, Card.class, Cash.class, Animal.class, Dog.class, Cat.class,
        Shape.class, Circle.class, Square.class, FromTable.class, FromSequence.class, FromUuid.class, Gone.class, Node.class,
    };

    @Embeddable
    public record Address(String street, @Column(length = 10) String zip) {}

    @Entity(name = "Author") @Table(name = "author", indexes = @Index(name = "by_name", columnList = "name, born desc"))
    public static class Author {
        @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id;
        @Version int version;
        @NaturalId @Column(nullable = false, unique = true, length = 60) String name;
        LocalDate born;
        @Embedded Address address;
        @OneToMany(mappedBy = "author", cascade = CascadeType.ALL, orphanRemoval = true) @OrderBy("title") List<Book> books = new ArrayList<>();
        @OneToOne(mappedBy = "author", cascade = CascadeType.ALL) Profile profile;
        @ElementCollection @OrderColumn(name = "place") List<String> nicknames = new ArrayList<>();
        @ElementCollection @MapKeyColumn(name = "kind") @Column(name = "number") Map<String, String> phones = new HashMap<>();

        Author() {}
        Author(String name, LocalDate born) { this.name = name; this.born = born; }
        Book add(Book book) { book.author = this; books.add(book); return book; }
    }

    @Entity(name = "Profile") @Table(name = "profile")
    public static class Profile {
        @Id Long id;
        @OneToOne @MapsId @JoinColumn(name = "author_id") Author author;
        @Column(length = 2000) String motto;
    }

    @Entity(name = "Book") @Table(name = "book", uniqueConstraints = @UniqueConstraint(name = "one_title", columnNames = {"author_id", "title"}))
    @org.hibernate.annotations.Check(name = "priced", constraints = "price >= 0") @BatchSize(size = 10)
    public static class Book {
        @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id;
        @Version Long version;
        @Column(nullable = false) String title;
        @Column(precision = 10, scale = 2) BigDecimal price;
        Integer pages;
        LocalDate published;
        @ManyToOne(fetch = FetchType.LAZY, optional = false) @JoinColumn(name = "author_id", foreignKey = @ForeignKey(name = "book_of_author")) @OnDelete(action = OnDeleteAction.CASCADE) Author author;
        @ManyToMany @JoinTable(name = "book_tag") Set<Tag> tags = new HashSet<>();

        Book() {}
        Book(String title, String price, int pages) { this.title = title; this.price = new BigDecimal(price); this.pages = pages; published = LocalDate.of(2020, 1, 1).plusMonths(pages / 100); }
    }

    @Entity(name = "Tag") @Table(name = "tag")
    public static class Tag {
        @Id @Column(length = 20) String word;
        @ManyToMany(mappedBy = "tags") Set<Book> books = new HashSet<>();
        Tag() {}
        Tag(String word) { this.word = word; }
    }

    @Embeddable
    public record LineKey(long orderNumber, int position) {}

    @Entity(name = "Line") @Table(name = "`order line`")
    public static class Line {
        @EmbeddedId LineKey key;
        @ManyToOne Book book;
        @Column(name = "`select`") int amount;
    }

    @Entity(name = "Payment") @Inheritance(strategy = InheritanceType.SINGLE_TABLE) @DiscriminatorColumn(name = "kind", length = 10)
    public static abstract class Payment { @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id; BigDecimal amount; }
    @Entity(name = "Card") @DiscriminatorValue("card") public static class Card extends Payment { String number; }
    @Entity(name = "Cash") @DiscriminatorValue("cash") public static class Cash extends Payment { boolean coins; }

    @Entity(name = "Animal") @Inheritance(strategy = InheritanceType.JOINED)
    public static abstract class Animal { @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id; String name; }
    @Entity(name = "Dog") public static class Dog extends Animal { int barks; }
    @Entity(name = "Cat") public static class Cat extends Animal { boolean purrs; }

    @Entity(name = "Shape") @Inheritance(strategy = InheritanceType.TABLE_PER_CLASS)
    public static abstract class Shape { @Id @GeneratedValue(strategy = GenerationType.TABLE) Long id; String label; }
    @Entity(name = "Circle") public static class Circle extends Shape { double radius; }
    @Entity(name = "Square") public static class Square extends Shape { double side; }

    @Entity(name = "FromTable")
    public static class FromTable {
        @Id @GeneratedValue(strategy = GenerationType.TABLE, generator = "numbers") @TableGenerator(name = "numbers", table = "numbers", allocationSize = 5) Long id;
    }

    @Entity(name = "FromSequence")
    public static class FromSequence {
        @Id @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "series") @SequenceGenerator(name = "series", sequenceName = "series", initialValue = 100, allocationSize = 10) Long id;
        String text;
    }

    @Entity(name = "FromUuid") public static class FromUuid { @Id @GeneratedValue(strategy = GenerationType.UUID) UUID id; String text; }

    @Entity(name = "Gone") @SoftDelete public static class Gone { @Id Integer id; String text; }

    @Entity(name = "Node") @Table(name = "node")
    public static class Node { @Id Integer id; @ManyToOne Node parent; String name; }

    /** The table of {@link Tag} as the next version of the application has it. */
    @Entity(name = "Tag2") @Table(name = "tag")
    public static class Tag2 { @Id @Column(length = 20) String word; @ColumnDefault("'none'") @Column(nullable = false, length = 30) String colour; @OneToMany(mappedBy = "tag") Set<Note> notes; }

    /** A table that the next version adds. */
    @Entity(name = "Note") @Table(name = "note", indexes = @Index(columnList = "text"))
    public static class Note { @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id; @ManyToOne Tag2 tag; @Column(length = 50) String text; }

    private Shop() {}
}
