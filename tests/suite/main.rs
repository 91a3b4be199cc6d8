//! One integration binary.

mod architecture;
mod cases;
mod containers;
mod corpus;
mod pack;
mod peers;
