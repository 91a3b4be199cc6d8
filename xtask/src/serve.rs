//! Serves the page on this machine alone.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;

use crate::{Result, option, page};

/// Builds the page, serves it on loopback, prints the address, and goes on until it is stopped.
pub(crate) fn serve(arguments: &[&str]) -> Result<()> {
    let path = page::build()?;
    let port = option(arguments, "--port").unwrap_or("8765");
    let port: u16 = port.parse().map_err(|_| format!("{port} is no port number"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .map_err(|error| format!("no port can be opened on this machine: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!(
        "The page is at http://{address}/ (and opens from disk too: {}). Stop with Ctrl-C.",
        path.display()
    );
    if arguments.contains(&"--open") {
        open(&format!("http://{address}/"));
    }
    for stream in listener.incoming().flatten() {
        let page = fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        // A browser that hangs up early is no reason to stop.
        std::thread::spawn(move || answer(stream, &page));
    }
    Ok(())
}

/// Answers one request: the page for `/`, nothing else.
fn answer(mut stream: TcpStream, page: &[u8]) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    while lines.next()?.ok().filter(|line| !line.is_empty()).is_some() {}
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let found = matches!(method, "GET" | "HEAD") && matches!(target, "/" | "/index.html");
    let (status, body) = if found { ("200 OK", page) } else { ("404 Not Found", &b"not found"[..]) };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    if method != "HEAD" {
        stream.write_all(body).ok()?;
    }
    Some(())
}

fn open(address: &str) {
    for program in ["xdg-open", "open", "explorer"] {
        if Command::new(program).arg(address).spawn().is_ok() {
            return;
        }
    }
    println!("No browser could be started: open {address} yourself.");
}
