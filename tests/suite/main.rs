//! One integration binary.

mod architecture;
mod cases;
mod containers;
mod corpus;
mod indicator_files;
mod pack;
mod peers;
