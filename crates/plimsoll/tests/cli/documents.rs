//! What the pages say is true. With `UPDATE_DOCUMENTS=1` what is generated is written, and outputs that pages show are
//! brought up to date; look at the difference before you commit it.

mod commands;
mod console;
mod errors;
mod pages;
mod reference;
mod samples;
mod tried;
