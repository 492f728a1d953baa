import java.math.*;
import java.time.*;
import java.util.*;
import org.hibernate.Session;

/** Every basic type in and out, at its bounds and as NULL. */
final class Values {
    static void run() throws Exception {
        byte[] bytes = new byte[300_000];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 31);
        Kinds one = filled(bytes);
        Check.in(s -> s.persist(one));
        Kinds empty = new Kinds();
        empty.text = "";
        Check.in(s -> s.persist(empty));
        Kinds low = new Kinds();
        low.tiny = Byte.MIN_VALUE;
        low.small = Short.MIN_VALUE;
        low.whole = Integer.MIN_VALUE;
        low.big = Long.MIN_VALUE;
        low.exact = new BigDecimal("-12345678901234567890.0123456789");
        low.huge = new BigInteger("-99999999999999999999999999999999999999");
        low.text = "' \\ \" \n \0 %_";
        low.date = LocalDate.of(1000, 1, 1);
        low.time = LocalTime.MIDNIGHT;
        low.moment = LocalDateTime.of(1000, 1, 1, 0, 0, 0, 1000);
        Check.in(s -> s.persist(low));
        Check.in(s -> compare(s.find(Kinds.class, one.id), bytes));
        Check.in(s -> {
            Kinds found = s.find(Kinds.class, empty.id);
            Check.same(Arrays.asList(found.maybe, found.exact, found.clob, found.blob, found.moment, found.uuid, found.named, found.json, found.words, found.duration), Arrays.asList(new Object[10]));
            Check.same(found.length, 0);
        });
        Check.in(s -> {
            Kinds found = s.find(Kinds.class, low.id);
            Check.same(List.of(found.tiny, found.small, found.whole, found.big), List.of(Byte.MIN_VALUE, Short.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE));
            Check.same(List.of(found.exact, found.huge, found.text), List.of(low.exact, low.huge, low.text));
            Check.same(List.of(found.date, found.time, found.moment), List.of(low.date, low.time, low.moment));
        });
        update(one.id);
    }

    private static Kinds filled(byte[] bytes) throws Exception {
        Kinds k = new Kinds();
        k.flag = true;
        k.maybe = false;
        k.tiny = 127;
        k.small = -300;
        k.whole = 70_000;
        k.big = Long.MAX_VALUE;
        k.single = 1.25f;
        k.twice = Math.PI;
        k.exact = new BigDecimal("12345678901234567890.0123456789");
        k.huge = new BigInteger("99999999999999999999999999999999999999");
        k.letter = 'ß';
        k.text = "vär 😀 '";
        k.national = "表";
        k.clob = "ü😀".repeat(50_000);
        k.medium = "m".repeat(90_000);
        k.bytes = new byte[] {0, 39, -1, 92};
        k.blob = bytes;
        k.date = LocalDate.of(2024, 2, 29);
        k.time = LocalTime.of(12, 34, 56);
        k.clock = LocalTime.of(23, 59, 59);
        k.moment = LocalDateTime.of(2024, 2, 29, 23, 59, 59, 123_456_000);
        k.offset = OffsetDateTime.of(2024, 2, 29, 23, 0, 0, 0, ZoneOffset.ofHours(2));
        k.zoned = ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneId.of("Europe/Berlin"));
        k.instant = Instant.parse("2024-02-29T12:00:00.123456Z");
        k.duration = Duration.ofHours(30).plusNanos(5);
        k.oldDate = java.sql.Date.valueOf("2024-02-29");
        k.oldTime = java.sql.Time.valueOf("01:02:03");
        k.oldMoment = java.sql.Timestamp.valueOf("2024-02-29 01:02:03.5");
        k.calendar = new GregorianCalendar(2024, Calendar.FEBRUARY, 29, 1, 2, 3);
        k.stamp = java.sql.Timestamp.valueOf("2024-02-29 01:02:03.000456");
        k.uuid = new UUID(1, 2);
        k.uuidText = new UUID(3, -4);
        k.ordinal = Kinds.Colour.BLUE;
        k.named = Kinds.Colour.GREEN;
        k.written = Kinds.Colour.RED;
        k.year = Year.of(2024);
        k.locale = Locale.GERMANY;
        k.currency = Currency.getInstance("EUR");
        k.zone = TimeZone.getTimeZone("Europe/Berlin");
        k.url = new java.net.URL("http://example.org/ä");
        k.type = String.class;
        k.json = new TreeMap<>(Map.of("ä", 1, "list", List.of(1, "zwei"), "deep", Map.of("x", true)));
        k.detail = new Kinds.Detail("Ä 😀", 3, List.of("a", "b"));
        k.words = List.of("eins", "zw,ei", "drei \"");
        k.numbers = new int[] {1, -2, 3};
        k.spaced = List.of("a", "b");
        return k;
    }

    private static void compare(Kinds k, byte[] bytes) {
        Check.same(List.of(k.flag, k.maybe, k.tiny, k.small, k.whole, k.big, k.single, k.twice), List.of(true, false, (byte) 127, (short) -300, 70_000, Long.MAX_VALUE, 1.25f, Math.PI));
        Check.same(List.of(k.exact, k.huge), List.of(new BigDecimal("12345678901234567890.0123456789"), new BigInteger("99999999999999999999999999999999999999")));
        Check.same(List.of(k.letter, k.text, k.national, k.medium.length(), k.length), List.of('ß', "vär 😀 '", "表", 90_000, 7));
        Check.same(k.clob, "ü😀".repeat(50_000));
        Check.same(k.bytes, new byte[] {0, 39, -1, 92});
        Check.same(k.blob, bytes);
        Check.same(List.of(k.date, k.time, k.clock), List.of(LocalDate.of(2024, 2, 29), LocalTime.of(12, 34, 56), LocalTime.of(23, 59, 59)));
        Check.same(k.moment, LocalDateTime.of(2024, 2, 29, 23, 59, 59, 123_456_000));
        Check.same(List.of(k.offset.toInstant(), k.zoned.toInstant(), k.instant), List.of(Instant.parse("2024-02-29T21:00:00Z"), Instant.parse("2024-07-01T10:00:00Z"), Instant.parse("2024-02-29T12:00:00.123456Z")));
        Check.same(k.duration, Duration.ofHours(30).plusNanos(5));
        Check.same(List.of(k.oldDate.toString(), k.oldTime.toString(), k.oldMoment.getTime(), k.stamp.getNanos()), List.of("2024-02-29", "01:02:03", java.sql.Timestamp.valueOf("2024-02-29 01:02:03.5").getTime(), 456_000));
        Check.same(k.calendar.getTimeInMillis(), new GregorianCalendar(2024, Calendar.FEBRUARY, 29, 1, 2, 3).getTimeInMillis());
        Check.same(List.of(k.uuid, k.uuidText), List.of(new UUID(1, 2), new UUID(3, -4)));
        Check.same(List.of(k.ordinal, k.named, k.written, k.year), List.of(Kinds.Colour.BLUE, Kinds.Colour.GREEN, Kinds.Colour.RED, Year.of(2024)));
        Check.same(List.of(k.locale, k.currency.getCurrencyCode(), k.zone.getID(), k.url.toString(), k.type), List.of(Locale.GERMANY, "EUR", "Europe/Berlin", "http://example.org/ä", String.class));
        Check.same(new TreeMap<>(k.json), new TreeMap<>(Map.of("ä", 1, "list", List.of(1, "zwei"), "deep", Map.of("x", true))));
        Check.same(List.of(k.detail, k.words, k.spaced), List.of(new Kinds.Detail("Ä 😀", 3, List.of("a", "b")), List.of("eins", "zw,ei", "drei \""), List.of("a", "b")));
        Check.same(k.numbers, new int[] {1, -2, 3});
        Check.same(List.of(k.defaulted, k.doubled), List.of(7, 140_000L));
        if (k.made == null || k.changed == null) throw new AssertionError("no time of creation");
    }

    private static void update(Long id) {
        Check.in(s -> {
            Kinds k = s.find(Kinds.class, id);
            k.whole = 5;
            k.json.put("more", null);
            k.named = null;
        });
        Check.in(s -> {
            Kinds k = s.find(Kinds.class, id);
            Check.same(List.of(k.doubled, k.json.containsKey("more")), List.of(10L, true));
            look(s);
        });
    }

    private static void look(Session s) {
        Check.same(s.createQuery("select k.id from Kinds k where k.uuid = :u and k.flag and k.ordinal = :c and k.moment > :m", Long.class)
            .setParameter("u", new UUID(1, 2)).setParameter("c", Kinds.Colour.BLUE).setParameter("m", LocalDateTime.of(2024, 1, 1, 0, 0)).getResultList().size(), 1);
        Check.same(s.createQuery("select k.text from Kinds k where k.huge < 0 and k.date = date 1000-01-01", String.class).getSingleResult(), "' \\ \" \n \0 %_");
        Check.same(s.createNativeQuery("select json_extract(json, '$.deep.x') from kinds where json_unquote(json_extract(json, '$.list[1]')) = :v", String.class).setParameter("v", "zwei").getSingleResult(), "true");
    }
}
