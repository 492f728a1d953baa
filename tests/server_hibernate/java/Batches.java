import java.util.List;
import org.hibernate.StatelessSession;

/** Many rows at once: batches of inserts, updates and deletes, and sessions without a cache. */
final class Batches {
    private static final int ROWS = 1000;

    static void run() {
        Check.in(s -> {
            for (int n = 0; n < ROWS; n++) {
                Shop.Node node = new Shop.Node();
                node.id = 1000 + n;
                node.name = "näme " + n;
                s.persist(node);
                if (n % 100 == 99) {
                    s.flush();
                    s.clear();
                }
            }
        });
        Check.in(s -> {
            List<Shop.Node> nodes = s.createQuery("from Node where id >= 1000 order by id", Shop.Node.class).getResultList();
            Check.same(nodes.size(), ROWS);
            for (Shop.Node node : nodes) node.name = node.id % 2 == 0 ? "even" : null;
        });
        Check.in(s -> Check.same(s.createQuery("select count(*) from Node where name = 'even'", Long.class).getSingleResult(), 500L));
        Check.in(s -> s.createQuery("from Node where id >= 1900", Shop.Node.class).getResultList().forEach(s::remove));
        try (StatelessSession s = Check.factory.openStatelessSession()) {
            var transaction = s.beginTransaction();
            for (int n = 0; n < 100; n++) {
                Shop.FromSequence one = new Shop.FromSequence();
                one.text = "stateless";
                s.insert(one);
            }
            Shop.Node node = s.get(Shop.Node.class, 1000);
            node.name = "updated";
            s.update(node);
            s.upsert(node);
            transaction.commit();
        }
        Check.in(s -> {
            Check.same(s.createQuery("select count(*) from FromSequence where text = 'stateless'", Long.class).getSingleResult(), 100L);
            Check.same(s.find(Shop.Node.class, 1000).name, "updated");
            Check.same(s.createMutationQuery("insert into Node (id, name) select n.id + 10000, n.name from Node n where n.id between 1000 and 1099").executeUpdate(), 100);
            Check.same(s.createMutationQuery("delete from Node where id >= 1000").executeUpdate(), 1000);
        });
    }
}
