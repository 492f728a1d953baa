import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.SessionFactory;

/** What every scenario needs: transactions, and saying what is not as it should be. */
final class Check {
    interface Action { void run() throws Exception; }

    static SessionFactory factory;

    private Check() {}

    /** Runs in a transaction of a session of its own. */
    static void in(Consumer<Session> work) {
        factory.inTransaction(work);
    }

    static <R> R from(Function<Session, R> work) {
        return factory.fromTransaction(work);
    }

    static void same(Object found, Object wanted) {
        boolean equal = found instanceof byte[] bytes ? Arrays.equals(bytes, (byte[]) wanted) : found instanceof int[] ints ? Arrays.equals(ints, (int[]) wanted) : Objects.equals(found, wanted);
        if (!equal) throw new AssertionError("found " + shown(found) + ", not " + shown(wanted));
    }

    private static String shown(Object value) {
        if (value instanceof byte[] bytes) return Arrays.toString(Arrays.copyOf(bytes, Math.min(bytes.length, 20))) + " of " + bytes.length;
        return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
    }

    /** The error of the class that an action must end with, wherever it is in the chain of causes. */
    static <E extends Throwable> E refused(Class<E> kind, Action action) {
        try {
            action.run();
        } catch (Throwable error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) if (kind.isInstance(cause)) return kind.cast(cause);
            throw new AssertionError("another error than " + kind.getSimpleName(), error);
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }
}
