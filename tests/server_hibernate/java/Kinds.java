import jakarta.persistence.*;
import java.math.*;
import java.time.*;
import java.util.*;
import org.hibernate.annotations.*;
import org.hibernate.type.SqlTypes;

/** A column of every basic type that Hibernate maps. */
@Entity
@jakarta.persistence.Table(name = "kinds")
public class Kinds {
    public enum Colour { RED, GREEN, BLUE }

    /** A value that is kept as JSON. */
    public record Detail(String name, int count, List<String> words) {}

    @Id @GeneratedValue(strategy = GenerationType.IDENTITY) Long id;
    boolean flag;
    Boolean maybe;
    byte tiny;
    short small;
    int whole;
    long big;
    float single;
    double twice;
    @Column(precision = 30, scale = 10) BigDecimal exact;
    @Column(precision = 38, scale = 0) BigInteger huge;
    char letter;
    @Column(nullable = false, length = 100) String text;
    @Nationalized String national;
    @Lob String clob;
    @Column(length = 100000) String medium;
    @Column(length = 50) byte[] bytes;
    @Lob @Column(name = "`blob`", length = 1_000_000) byte[] blob;
    LocalDate date;
    LocalTime time;
    @JdbcTypeCode(SqlTypes.TIME) LocalTime clock;
    LocalDateTime moment;
    OffsetDateTime offset;
    ZonedDateTime zoned;
    Instant instant;
    Duration duration;
    @Temporal(TemporalType.DATE) java.util.Date oldDate;
    @Temporal(TemporalType.TIME) java.util.Date oldTime;
    @Temporal(TemporalType.TIMESTAMP) java.util.Date oldMoment;
    Calendar calendar;
    java.sql.Timestamp stamp;
    UUID uuid;
    @JdbcTypeCode(SqlTypes.CHAR) UUID uuidText;
    @Enumerated(EnumType.ORDINAL) Colour ordinal;
    @Enumerated(EnumType.STRING) Colour named;
    @Enumerated(EnumType.STRING) @JdbcTypeCode(SqlTypes.VARCHAR) Colour written;
    @Column(name = "`year`") Year year;
    Locale locale;
    Currency currency;
    TimeZone zone;
    java.net.URL url;
    Class<?> type;
    @JdbcTypeCode(SqlTypes.JSON) Map<String, Object> json;
    @JdbcTypeCode(SqlTypes.JSON) Detail detail;
    List<String> words;
    int[] numbers;
    @Convert(converter = Spaced.class) List<String> spaced;
    @ColumnDefault("7") @Generated Integer defaulted;
    @GeneratedColumn("whole * 2") Long doubled;
    @Formula("char_length(text)") int length;
    @CreationTimestamp LocalDateTime made;
    @UpdateTimestamp Instant changed;
    @Transient String forgotten = "not stored";

    /** A list as one text. */
    @Converter
    public static class Spaced implements AttributeConverter<List<String>, String> {
        public String convertToDatabaseColumn(List<String> words) { return words == null ? null : String.join(" ", words); }
        public List<String> convertToEntityAttribute(String text) { return text == null ? null : List.of(text.split(" ")); }
    }
}
