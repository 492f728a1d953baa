import java.util.*;

/** Keys from IDENTITY columns, from a table of numbers, from a sequence that a table stands in for, and random ones. */
final class Generators {
    static void run() throws Exception {
        List<Long> numbers = new ArrayList<>(), series = new ArrayList<>();
        Check.in(s -> {
            for (int n = 0; n < 12; n++) {
                Shop.FromTable one = new Shop.FromTable();
                s.persist(one);
                numbers.add(one.id);
            }
        });
        Check.same(numbers, java.util.stream.LongStream.rangeClosed(1, 12).boxed().toList());
        Check.in(s -> {
            for (int n = 0; n < 25; n++) {
                Shop.FromSequence one = new Shop.FromSequence();
                s.persist(one);
                series.add(one.id);
            }
        });
        Check.same(series, java.util.stream.LongStream.range(100, 125).boxed().toList());
        atOnce();
        Shop.FromUuid random = new Shop.FromUuid();
        random.text = "random";
        Check.in(s -> s.persist(random));
        Check.in(s -> Check.same(s.find(Shop.FromUuid.class, random.id).text, "random"));
    }

    /** Several threads draw from the one table: it is locked for each block, and no number comes twice. */
    private static void atOnce() throws Exception {
        Set<Long> seen = Collections.synchronizedSet(new HashSet<>());
        List<Throwable> failed = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 15; n++) {
                    Check.in(s -> {
                        Shop.FromSequence one = new Shop.FromSequence();
                        one.text = "at once";
                        s.persist(one);
                        seen.add(one.id);
                    });
                }
            });
            thread.setUncaughtExceptionHandler((which, error) -> failed.add(error));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) thread.join();
        if (!failed.isEmpty()) throw new AssertionError("at once", failed.get(0));
        Check.same(seen.size(), 60);
        Check.in(s -> Check.same(s.createQuery("select count(*) from FromSequence where text = 'at once'", Long.class).getSingleResult(), 60L));
    }
}
