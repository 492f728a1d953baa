//! Locales: names of days and months for DATE_FORMAT and its relatives (`lc_time_names`), and how FORMAT
//! groups digits. The number is MySQL's (`lc_messages` and `lc_time_names` may be set by it).

/// A locale's names and marks.
#[derive(Debug)]
pub struct Locale {
    /// `en_US`.
    pub name: &'static str,
    /// MySQL's number for it.
    number: u64,
    /// January first.
    pub months: &'static [&'static str; 12],
    /// Their short forms.
    pub short_months: &'static [&'static str; 12],
    /// Monday first.
    pub days: &'static [&'static str; 7],
    /// Their short forms.
    pub short_days: &'static [&'static str; 7],
    /// What stands before the fraction in FORMAT.
    pub point: char,
    /// What stands between groups of three digits; none where digits are not grouped.
    pub separator: Option<char>,
}

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ENGLISH_SHORT_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ENGLISH_DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ENGLISH_SHORT_DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const GERMAN_MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const GERMAN_SHORT_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
const GERMAN_DAYS: [&str; 7] =
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const GERMAN_SHORT_DAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

const FRENCH_MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const FRENCH_SHORT_MONTHS: [&str; 12] =
    ["jan", "fév", "mar", "avr", "mai", "jun", "jui", "aoû", "sep", "oct", "nov", "déc"];
const FRENCH_DAYS: [&str; 7] =
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const FRENCH_SHORT_DAYS: [&str; 7] = ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"];

const SPANISH_MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const SPANISH_SHORT_MONTHS: [&str; 12] =
    ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
const SPANISH_DAYS: [&str; 7] =
    ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
const SPANISH_SHORT_DAYS: [&str; 7] = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"];

const fn english(name: &'static str, number: u64) -> Locale {
    Locale {
        name,
        number,
        months: &ENGLISH_MONTHS,
        short_months: &ENGLISH_SHORT_MONTHS,
        days: &ENGLISH_DAYS,
        short_days: &ENGLISH_SHORT_DAYS,
        point: '.',
        separator: Some(','),
    }
}

const fn german(name: &'static str, number: u64) -> Locale {
    Locale {
        name,
        number,
        months: &GERMAN_MONTHS,
        short_months: &GERMAN_SHORT_MONTHS,
        days: &GERMAN_DAYS,
        short_days: &GERMAN_SHORT_DAYS,
        point: ',',
        separator: Some('.'),
    }
}

static LOCALES: [Locale; 7] = [
    english("en_US", 0),
    english("en_GB", 1),
    german("de_DE", 4),
    Locale {
        name: "es_ES",
        number: 8,
        months: &SPANISH_MONTHS,
        short_months: &SPANISH_SHORT_MONTHS,
        days: &SPANISH_DAYS,
        short_days: &SPANISH_SHORT_DAYS,
        point: ',',
        separator: None,
    },
    Locale {
        name: "fr_FR",
        number: 5,
        months: &FRENCH_MONTHS,
        short_months: &FRENCH_SHORT_MONTHS,
        days: &FRENCH_DAYS,
        short_days: &FRENCH_SHORT_DAYS,
        point: ',',
        separator: None,
    },
    english("en_AU", 28),
    english("en_CA", 29),
];

/// The name of a locale as it is kept; in any case.
pub fn by_name(name: &str) -> Option<&'static str> {
    LOCALES.iter().map(|locale| locale.name).find(|known| known.eq_ignore_ascii_case(name))
}

/// The name of the locale with MySQL's number.
pub fn by_number(number: u64) -> Option<&'static str> {
    LOCALES.iter().find(|locale| locale.number == number).map(|locale| locale.name)
}

/// The locale of that name, `en_US` where it is unknown.
pub fn get(name: &str) -> &'static Locale {
    let [english, ..] = &LOCALES;
    LOCALES.iter().find(|locale| locale.name.eq_ignore_ascii_case(name)).unwrap_or(english)
}
