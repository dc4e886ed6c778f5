//! The ways of a language with numbers. The browser knows them by its `Intl`; outside it ICU does.

/// The ways of a language with numbers.
#[derive(Clone, Copy)]
pub struct Locale {
    /// Returns the plural category of a number as it is written, "12" or "1.0": zero, one, two, few, many or other, as
    /// Unicode's CLDR calls them.
    pub plural: fn(language: &str, number: &str) -> String,
    /// Returns a whole number, given by its digits, with its thousands set apart.
    pub grouped: fn(language: &str, digits: &str) -> String,
    /// Returns the sign between the whole of a number and its decimals.
    pub decimal_sign: fn(language: &str) -> String,
}

#[cfg(not(target_family = "wasm"))]
impl Locale {
    /// As ICU knows plurals; numbers are written as in English, whatever the language.
    pub const ICU: Self = Self { plural: icu_plural, grouped: english, decimal_sign: |_| ".".into() };
}

/// A whole number as English writes it: 1,199,882.
#[cfg(not(target_family = "wasm"))]
fn english(_: &str, digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(not(target_family = "wasm"))]
fn icu_plural(language: &str, number: &str) -> String {
    use icu_plurals::{PluralCategory, PluralRules};
    let rules = language.parse::<icu_locale_core::Locale>().ok();
    let rules = rules.and_then(|locale| PluralRules::try_new(locale.into(), Default::default()).ok());
    let number = number.parse::<fixed_decimal::Decimal>().ok();
    let category = rules.zip(number).map_or(PluralCategory::Other, |(rules, number)| rules.category_for(&number));
    format!("{category:?}").to_lowercase()
}
