//! What the end-to-end tests stand on: a browser, a server for the built page, a page under test, and what is on it.

pub mod bench_page;
pub mod browser;
pub mod live;
pub mod page;
pub mod screen;
pub mod site;
