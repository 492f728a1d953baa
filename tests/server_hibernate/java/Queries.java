import jakarta.persistence.Tuple;
import jakarta.persistence.criteria.*;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.*;
import org.hibernate.ScrollMode;
import org.hibernate.Session;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;

/** HQL, criteria, native SQL, and results a page at a time. */
final class Queries {
    record Row(String title, BigDecimal price) {}

    static void run() {
        Check.in(Queries::pages);
        Check.in(Queries::hql);
        Check.in(Queries::functions);
        Check.in(Queries::criteria);
        Check.in(Queries::natives);
        Check.in(Queries::trees);
    }

    private static void pages(Session s) {
        List<String> all = new ArrayList<>();
        for (int page = 0; page < 4; page++) all.addAll(s.createQuery("select b.title from Book b where b.author.name <> 'Bert' order by b.title desc", String.class).setFirstResult(page * 3).setMaxResults(3).getResultList());
        Check.same(List.of(all.size(), all.get(0), all.get(10)), List.of(11, "Title 10", "Title 00"));
        Check.same(s.createQuery("from Book b order by b.price", Shop.Book.class).setMaxResults(1).getSingleResult().title, "Bert's");
        Check.same(s.createQuery("from Book", Shop.Book.class).setFirstResult(100).getResultList().size(), 0);
        Check.same(s.createQuery("from Book", Shop.Book.class).getResultCount(), 12L);
        int seen = 0;
        try (var rows = s.createQuery("select b.id from Book b order by b.id", Long.class).setFetchSize(2).scroll(ScrollMode.FORWARD_ONLY)) {
            while (rows.next()) seen++;
        }
        Check.same(seen, 12);
        try (var stream = s.createQuery("select b.pages from Book b where b.pages > 100", Integer.class).getResultStream()) {
            Check.same(stream.mapToInt(n -> n).sum(), 5400);
        }
    }

    private static void hql(Session s) {
        List<Object[]> totals = s.createQuery("select a.name, count(b), sum(b.price), avg(b.pages), max(b.published) from Author a join a.books b group by a.name having count(b) > 0 order by 2 desc", Object[].class).getResultList();
        Check.same(Arrays.asList(totals.get(0)), List.of("Änna 🐍", 11L, new BigDecimal("163.90"), 500.0, LocalDate.of(2020, 11, 1)));
        Check.same(s.createQuery("select new Queries$Row(b.title, b.price) from Book b where b.price between 12 and 13", Row.class).getResultList(), List.of(new Row("Title 03", new BigDecimal("12.90"))));
        Check.same(s.createQuery("select count(distinct b.author) from Book b where b.tags is not empty and b.title in :titles", Long.class).setParameter("titles", List.of("Title 01", "Title 02", "Bert's")).getSingleResult(), 1L);
        Check.same(s.createQuery("select b.title from Book b where exists (select 1 from b.tags t where t.word = 'blue') order by b.title", String.class).getResultList(), List.of("Title 04", "Title 08"));
        Check.same(s.createQuery("select case when b.price < 11 then 'cheap' else 'dear' end from Book b order by b.price", String.class).setMaxResults(4).getResultList(), List.of("cheap", "cheap", "cheap", "dear"));
        Check.same(s.createQuery("select b.title from Book b where b.price = (select max(c.price) from Book c where c.author = b.author) order by 1", String.class).getResultList(), List.of("Bert's", "Title 10"));
        Check.same(s.createQuery("select b.title from Book b where b.pages >= all (select c.pages from Book c)", String.class).getResultList(), List.of("Title 10"));
        Check.same(s.createQuery("select r.place from (select b.title as title, rank() over (partition by b.author.id order by b.price desc) as place from Book b) r where r.title = 'Title 08'", Long.class).getSingleResult(), 3L);
        Check.same(s.createQuery("with dear as (select b.id as id, b.title as title from Book b where b.price > 18) select d.title from dear d order by d.title", String.class).getResultList(), List.of("Title 09", "Title 10"));
        Check.same(s.createQuery("select b.title from Book b where b.pages < 150 union all select a.name from Author a where a.born is null", String.class).getResultList().size(), 4);
        Check.same(s.createQuery("select a.name, elements(a.nicknames) from Author a where size(a.nicknames) = 3 and 'C' member of a.nicknames", Object[].class).getResultList().size(), 3);
        Check.same(s.createQuery("select index(n) from Author a join a.nicknames n where n = 'Änn'", Integer.class).getSingleResult(), 1);
        Check.same(s.createQuery("select listagg(t.word, '/') within group (order by t.word desc) from Tag t", String.class).getSingleResult(), "red/blue");
    }

    private static void functions(Session s) {
        Object[] found = s.createQuery("select upper(b.title), length(b.title), substring(b.title, 7), concat(b.title, '!'), locate('0', b.title), trim(both 'T' from b.title), replace(b.title, 'Title', 'T'), left(b.title, 2), lpad(b.title, 10, '*'),"
            + " abs(-b.pages), mod(b.pages, 7), sqrt(b.pages), round(b.price, 1), floor(b.price), ceiling(b.price), power(2, 3), coalesce(null, b.pages), nullif(b.pages, 500),"
            + " year(b.published), extract(month from b.published), b.published + 3 day, cast(b.pages as String), cast('12' as Integer), format(b.published as 'dd.MM.yyyy') from Book b where b.title = 'Title 05'", Object[].class).getSingleResult();
        List<Object> wanted = List.of("TITLE 05", 8, "05", "Title 05!", 7, "itle 05", "T 05", "Ti", "**Title 05", 500, 3, Math.sqrt(500), new BigDecimal("14.9"), new BigDecimal("14"), new BigDecimal("15"), 8.0, 500);
        for (int i = 0; i < wanted.size(); i++) Check.same(found[i] instanceof BigDecimal exact ? exact.stripTrailingZeros() : found[i], wanted.get(i) instanceof BigDecimal exact ? exact.stripTrailingZeros() : wanted.get(i));
        Check.same(Arrays.asList(found).subList(17, 24), Arrays.asList(null, 2020, 6, LocalDate.of(2020, 6, 4), "500", 12, "01.06.2020"));
        if (s.createQuery("select current_date, current_time, current_timestamp, local datetime, instant", Object[].class).getSingleResult()[2] == null) throw new AssertionError("no time");
        Check.same(s.createQuery("select count(*) from Book b where b.published < local date and b.title like 'title%' escape '!' and b.title not like '%\\_%'", Long.class).getSingleResult(), 11L);
    }

    private static void criteria(Session s) {
        HibernateCriteriaBuilder b = s.getCriteriaBuilder();
        CriteriaQuery<Tuple> query = b.createTupleQuery();
        Root<Shop.Book> book = query.from(Shop.Book.class);
        Join<Shop.Book, Shop.Author> author = book.join("author", JoinType.LEFT);
        query.multiselect(author.get("name").alias("name"), b.count(book).alias("n"), b.sum(book.<Integer>get("pages")).alias("pages"))
            .where(b.or(b.greaterThan(book.get("price"), new BigDecimal("10")), b.isNull(author.get("born"))), b.like(book.get("title"), "%e%"))
            .groupBy(author.get("name")).having(b.gt(b.count(book), 0)).orderBy(b.desc(b.count(book)));
        List<Tuple> rows = s.createQuery(query).getResultList();
        Check.same(List.of(rows.get(0).get("name"), rows.get(0).get("n"), rows.get(0).get("pages"), rows.size()), List.of("Änna 🐍", 10L, 5500, 2));
        CriteriaQuery<Shop.Author> inner = b.createQuery(Shop.Author.class);
        Root<Shop.Author> root = inner.from(Shop.Author.class);
        Subquery<Long> sub = inner.subquery(Long.class);
        Root<Shop.Book> other = sub.from(Shop.Book.class);
        sub.select(other.get("author").get("id")).where(b.equal(other.get("pages"), 10));
        inner.select(root).where(root.get("id").in(sub));
        Check.same(s.createQuery(inner).getSingleResult().name, "Bert");
        CriteriaUpdate<Shop.Book> update = b.createCriteriaUpdate(Shop.Book.class);
        Root<Shop.Book> target = update.from(Shop.Book.class);
        update.set(target.<Integer>get("pages"), b.sum(target.<Integer>get("pages"), 1)).where(b.equal(target.get("title"), "Bert's"));
        Check.same(s.createMutationQuery(update).executeUpdate(), 1);
        s.createMutationQuery("update Book set pages = 10 where title = 'Bert''s'").executeUpdate();
    }

    private static void natives(Session s) {
        Check.same(s.createNativeQuery("select * from book where title = ?1", Shop.Book.class).setParameter(1, "Title 03").getSingleResult().pages, 300);
        Check.same(s.createNativeQuery("select title, price from book where id in (:ids) order by id", Object[].class).setParameterList("ids", List.of(1, 2, 3)).getResultList().size(), 3);
        Tuple row = s.createNativeQuery("select b.title as t, a.`name` as n, row_number() over (order by b.id) as r from book b join author a on a.id = b.author_id limit 1", Tuple.class).getSingleResult();
        Check.same(List.of(row.get("t"), row.get("n"), ((Number) row.get("r")).intValue()), List.of("Title 00", "Änna 🐍", 1));
        Check.same(s.createNativeMutationQuery("insert into tag (word) values ('new') on duplicate key update word = values(word)").executeUpdate() >= 1, true);
        Check.same(s.createMutationQuery("insert into Tag (word) values ('new') on conflict do nothing").executeUpdate() >= 0, true);
        Check.same(s.createMutationQuery("delete from Tag where word = 'new'").executeUpdate(), 1);
        int id = s.doReturningWork(c -> {
            try (var statement = c.prepareStatement("insert into node (id, name) values (1, 'root'), (2, 'a'), (3, 'b')"); var keys = c.createStatement()) {
                statement.executeUpdate();
                keys.executeUpdate("update node set parent_id = id - 1 where id > 1");
                return c.getTransactionIsolation();
            }
        });
        Check.same(id, java.sql.Connection.TRANSACTION_REPEATABLE_READ);
    }

    private static void trees(Session s) {
        Check.same(s.createQuery("with tree as (select n.id as id, n.name as name, 1 as depth from Node n where n.parent is null union all select c.id as id, c.name as name, t.depth + 1 as depth from tree t join Node c on c.parent.id = t.id)"
            + " select t.name, t.depth from tree t order by t.depth", Object[].class).getResultList().stream().map(row -> row[0] + ":" + row[1]).toList(), List.of("root:1", "a:2", "b:3"));
    }
}
