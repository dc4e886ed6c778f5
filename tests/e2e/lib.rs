//! The parts that the end-to-end tests stand on: a browser, a server for the built page, a page under test, and the
//! screen of a stage.

pub mod bench_page;
pub mod browser;
pub mod driver;
pub mod live;
pub mod page;
pub mod screen;
pub mod site;
