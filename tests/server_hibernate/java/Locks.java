import jakarta.persistence.*;
import java.util.*;
import org.hibernate.Session;
import org.hibernate.Transaction;

/** Optimistic and pessimistic locks, isolation, read-only work, what is rolled back. */
final class Locks {
    static void run() {
        optimistic();
        pessimistic();
        deadlock();
        transactions();
    }

    private static Shop.Author bert(Session s) {
        return s.bySimpleNaturalId(Shop.Author.class).load("Bert");
    }

    private static void optimistic() {
        int before = Check.from(s -> bert(s).version);
        Check.refused(OptimisticLockException.class, () -> Check.in(first -> {
            bert(first).born = java.time.LocalDate.of(2000, 1, 1);
            Check.in(second -> bert(second).born = java.time.LocalDate.of(2001, 1, 1));
        }));
        Check.in(s -> Check.same(List.of(bert(s).version, bert(s).born.getYear()), List.of(before + 1, 2001)));
        Check.in(s -> s.lock(bert(s), LockModeType.OPTIMISTIC_FORCE_INCREMENT));
        Check.in(s -> s.lock(bert(s), LockModeType.PESSIMISTIC_FORCE_INCREMENT));
        Check.in(s -> Check.same(bert(s).version, before + 3));
    }

    private static void pessimistic() {
        Map<String, Object> now = Map.of("jakarta.persistence.lock.timeout", 0);
        long id = Check.from(s -> bert(s).id);
        Check.in(holder -> {
            holder.find(Shop.Author.class, id, LockModeType.PESSIMISTIC_WRITE);
            Check.refused(PersistenceException.class, () -> Check.in(s -> s.find(Shop.Author.class, id, LockModeType.PESSIMISTIC_WRITE, now)));
            Check.refused(PersistenceException.class, () -> Check.in(s -> s.find(Shop.Author.class, id, LockModeType.PESSIMISTIC_READ, now)));
            Check.in(s -> Check.same(s.find(Shop.Author.class, id).name, "Bert"));
            Check.in(s -> Check.same(s.createQuery("from Author", Shop.Author.class).setLockMode(LockModeType.PESSIMISTIC_WRITE).setHint("jakarta.persistence.lock.timeout", -2).getResultList().stream().map(a -> a.name).toList(), List.of("Änna 🐍")));
            Check.in(s -> {
                s.createNativeMutationQuery("set innodb_lock_wait_timeout = 1").executeUpdate();
                Check.refused(PessimisticLockException.class, () -> s.createMutationQuery("update Author set born = null where name = 'Bert'").executeUpdate());
                s.createNativeMutationQuery("set innodb_lock_wait_timeout = default").executeUpdate();
            });
        });
        Check.in(one -> {
            one.find(Shop.Author.class, id, LockModeType.PESSIMISTIC_READ);
            Check.in(two -> Check.same(two.find(Shop.Author.class, id, LockModeType.PESSIMISTIC_READ, now).name, "Bert"));
        });
    }

    /** Two transactions that wait for each other: one of them is rolled back, and the other goes on. */
    private static void deadlock() {
        List<Throwable> failed = Collections.synchronizedList(new ArrayList<>());
        try (Session one = Check.factory.openSession(); Session two = Check.factory.openSession()) {
            Transaction first = one.beginTransaction(), second = two.beginTransaction();
            one.createMutationQuery("update Node set name = 'one' where id = 1").executeUpdate();
            two.createMutationQuery("update Node set name = 'two' where id = 2").executeUpdate();
            Thread waiter = new Thread(() -> attempt(failed, () -> one.createMutationQuery("update Node set name = 'one' where id = 2").executeUpdate()));
            waiter.start();
            attempt(failed, () -> two.createMutationQuery("update Node set name = 'two' where id = 1").executeUpdate());
            join(waiter);
            first.rollback();
            second.rollback();
        }
        Check.same(failed.size(), 1);
        Check.same(failed.get(0) instanceof PersistenceException, true);
        Check.in(s -> Check.same(s.find(Shop.Node.class, 2).name, "a"));
    }

    private static void attempt(List<Throwable> failed, Check.Action action) {
        try {
            action.run();
        } catch (Throwable error) {
            failed.add(error);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void transactions() {
        Check.refused(IllegalStateException.class, () -> Check.in(s -> {
            s.persist(new Shop.Tag("lost"));
            s.flush();
            throw new IllegalStateException("back");
        }));
        Check.in(s -> Check.same(s.find(Shop.Tag.class, "lost"), null));
        Check.in(s -> {
            Shop.Author kept = bert(s);
            s.setReadOnly(kept, true);
            kept.born = null;
        });
        Check.in(s -> Check.same(bert(s).born.getYear(), 2001));
        Check.in(s -> s.doWork(c -> {
            c.setReadOnly(true);
            try (var statement = c.createStatement()) {
                statement.executeQuery("select count(*) from node").close();
            }
            c.rollback();
            c.setReadOnly(false);
            c.setTransactionIsolation(java.sql.Connection.TRANSACTION_SERIALIZABLE);
            Check.same(c.getTransactionIsolation(), java.sql.Connection.TRANSACTION_SERIALIZABLE);
            c.setTransactionIsolation(java.sql.Connection.TRANSACTION_REPEATABLE_READ);
        }));
        // A snapshot stays what it was, and what is refreshed inside it with a lock is the newest.
        Check.in(s -> {
            Shop.Node node = s.find(Shop.Node.class, 3);
            Check.in(other -> other.find(Shop.Node.class, 3).name = "changed");
            s.refresh(node);
            Check.same(node.name, "b");
            s.refresh(node, LockModeType.PESSIMISTIC_WRITE);
            Check.same(node.name, "changed");
        });
    }
}
