//! One integration binary.

mod architecture;
mod cases;
mod command;
mod containers;
mod convert;
mod corpus;
mod databases;
mod documents;
mod hostile_lines;
mod hostile_packs;
mod indicator_files;
mod pack;
mod peers;

mod cabinets;
mod capture;
mod capture_made;
mod evtx;
mod hives;
mod journals;
mod locked;
mod logins;
mod mail;
mod mail_peer;
mod mutation;
mod outlook;
mod parts;
mod pdf;
mod records;
mod samples;
mod sevenz;
mod shortcuts;
mod streams;
mod web_content;
mod widths;
mod zip;
