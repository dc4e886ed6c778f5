//! What the end-to-end tests stand on: a browser, a server for the built page, and a page under test.

pub mod browser;
pub mod page;
pub mod site;
