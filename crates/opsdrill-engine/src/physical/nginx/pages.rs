//! nginx' own pages, the files that its image brings along, and what kind of file is behind a name.

/// The version in images of a company, of which nothing else is known.
pub(super) const VERSION: &str = "1.27.3";

/// The main configuration.
pub(super) const MAIN_PATH: &str = "/etc/nginx/nginx.conf";

const MAIN: &str = "\n\
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    access_log  /var/log/nginx/access.log  combined;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
";

const DEFAULT: &str = "\
server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
";

const TYPES: &str = "\
types {
    text/html        html htm shtml;
    text/css         css;
    text/xml         xml;
    text/plain       txt;
    image/gif        gif;
    image/jpeg       jpeg jpg;
    image/png        png;
    image/svg+xml    svg svgz;
    image/x-icon     ico;
    application/javascript  js;
    application/json        json;
    application/pdf         pdf;
    application/zip         zip;
    application/wasm        wasm;
}
";

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>The web server is installed and works. It has not been told what to \
    serve.</p>\n</body>\n</html>\n";
const OUT_OF_ORDER: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n\
    <h1>An error occurred.</h1>\n</body>\n</html>\n";

/// The files of the image, by path.
pub(in crate::physical) const PACKAGED: &[(&str, &str)] = &[
    (MAIN_PATH, MAIN),
    ("/etc/nginx/conf.d/default.conf", DEFAULT),
    ("/etc/nginx/mime.types", TYPES),
    ("/usr/share/nginx/html/index.html", WELCOME),
    ("/usr/share/nginx/html/50x.html", OUT_OF_ORDER),
];

/// The page about a status; `None` if there is none.
pub(super) fn own(status: u16, name: &str) -> Option<String> {
    let title = match status {
        301 => "301 Moved Permanently",
        302 => "302 Found",
        303 => "303 See Other",
        307 => "307 Temporary Redirect",
        308 => "308 Permanent Redirect",
        400 => "400 Bad Request",
        401 => "401 Authorization Required",
        402 => "402 Payment Required",
        403 => "403 Forbidden",
        404 => "404 Not Found",
        405 => "405 Not Allowed",
        406 => "406 Not Acceptable",
        408 => "408 Request Time-out",
        409 => "409 Conflict",
        410 => "410 Gone",
        411 => "411 Length Required",
        412 => "412 Precondition Failed",
        413 => "413 Request Entity Too Large",
        414 => "414 Request-URI Too Large",
        415 => "415 Unsupported Media Type",
        416 => "416 Requested Range Not Satisfiable",
        421 => "421 Misdirected Request",
        429 => "429 Too Many Requests",
        500 => "500 Internal Server Error",
        501 => "501 Not Implemented",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        504 => "504 Gateway Time-out",
        505 => "505 HTTP Version Not Supported",
        507 => "507 Insufficient Storage",
        _ => return None,
    };
    Some(format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
    ))
}

/// The content type of a file by its name; `None` if the name does not say.
pub(super) fn kind_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name.rsplit_once('.')?.1 {
        "html" | "htm" | "shtml" => "text/html",
        "css" => "text/css",
        "xml" => "text/xml",
        "txt" => "text/plain",
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "png" => "image/png",
        "svg" | "svgz" => "image/svg+xml",
        "ico" => "image/x-icon",
        "js" => "application/javascript",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "wasm" => "application/wasm",
        _ => return None,
    })
}
