//! Formulas as MathML, which browsers set and screen readers read by themselves.

use receptive_lessons::formula::{Formula, Math};
use yew::prelude::*;

/// A formula with its name.
pub(super) fn draw(formula: &Formula) -> Html {
    html! {
        <span class="formula" key={formula.name}>
            <span class="formula-title">{&formula.title}</span>{" "}
            <math id={format!("lesson-formula-{}", formula.name)} aria-label={formula.plain()}>{ row(&formula.math) }</math>
        </span>
    }
}

/// A formula without a name.
pub(crate) fn plain(formula: &Formula) -> Html {
    html! { <math aria-label={formula.plain()}>{ row(&formula.math) }</math> }
}

fn row(math: &[Math]) -> Html {
    html! { <mrow>{ for math.iter().map(part) }</mrow> }
}

fn part(math: &Math) -> Html {
    match math {
        Math::Number(text) => html! { <mn>{text}</mn> },
        Math::Name(text) if text.chars().count() > 1 => html! { <mtext>{text}</mtext> },
        Math::Name(text) => html! { <mi>{text}</mi> },
        Math::Sign(text) => html! { <mo>{text}</mo> },
        Math::Fraction(above, below) => html! { <mfrac>{ row(above) }{ row(below) }</mfrac> },
        Math::Floor(inside) => html! { <mrow><mo>{"⌊"}</mo>{ row(inside) }<mo>{"⌋"}</mo></mrow> },
        Math::Ceil(inside) => html! { <mrow><mo>{"⌈"}</mo>{ row(inside) }<mo>{"⌉"}</mo></mrow> },
        Math::Power(base, raised) => html! { <msup>{ row(base) }{ row(raised) }</msup> },
        Math::Index(base, lowered) => html! { <msub>{ row(base) }{ row(lowered) }</msub> },
        Math::Root(inside) => html! { <msqrt>{ row(inside) }</msqrt> },
        Math::Sum(below) => html! { <msub><mo>{"∑"}</mo>{ row(below) }</msub> },
    }
}
