//! Errors that are codes.

/// Makes errors of codes with fields. They are displayed as they are debugged, for developers: the words that a learner
/// reads are made elsewhere, from texts.
#[macro_export]
macro_rules! error_code {
    ($($code:ty),+) => {
        $(
            impl core::fmt::Display for $code {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    write!(f, "{self:?}")
                }
            }

            impl core::error::Error for $code {}
        )+
    };
}
