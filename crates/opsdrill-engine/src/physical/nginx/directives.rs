//! The directives of a stock nginx: where each may stand, what it takes, and whether we follow it.
//!
//! After the reference of nginx.org for the modules that the official image is built with.

/// Where a directive stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Outside of every block.
    Main,
    /// `events`.
    Events,
    /// `http`.
    Http,
    /// `server`.
    Server,
    /// `location`.
    Location,
    /// `upstream`.
    Upstream,
    /// `if` in a server.
    ServerIf,
    /// `if` in a location.
    LocationIf,
    /// `limit_except`.
    LimitExcept,
    /// A block whose lines are no directives: `types`, `map`, `geo`, `split_clients`; and `stream` and `mail`, which are
    /// not looked at.
    Free,
}

impl Context {
    fn letter(self) -> char {
        match self {
            Self::Main => 'M',
            Self::Events => 'E',
            Self::Http => 'H',
            Self::Server => 'S',
            Self::Location => 'L',
            Self::Upstream => 'U',
            Self::ServerIf => 's',
            Self::LocationIf => 'l',
            Self::LimitExcept => 'X',
            Self::Free => 'F',
        }
    }
}

/// What we do about a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It does what it says.
    Followed,
    /// Nothing that anybody could see here depends on it.
    Harmless,
    /// Answers depend on it, and we do not follow it.
    NotSimulated,
}

/// A directive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Letters of [`Context`].
    contexts: &'static str,
    /// What it takes: `1`, `1-2`, `1+`, `flag`; with `{` a block follows.
    takes: &'static str,
    /// What we do about it.
    pub(super) effect: Effect,
}

impl Row {
    /// Whether it may stand here.
    pub(super) fn is_allowed_in(self, context: Context) -> bool {
        self.contexts.contains(context.letter())
    }

    /// Whether a block follows.
    pub(super) fn is_block(self) -> bool {
        self.takes.ends_with('{')
    }

    /// Whether it is `on` or `off`.
    pub(super) fn is_flag(self) -> bool {
        self.takes == "flag"
    }

    /// Whether it takes so many arguments.
    pub(super) fn takes(self, count: usize) -> bool {
        let span = self.takes.trim_end_matches('{');
        if span == "flag" {
            return count == 1;
        }
        if let Some(least) = span.strip_suffix('+') {
            return least.parse().is_ok_and(|least: usize| count >= least);
        }
        let (least, most) = span.split_once('-').unwrap_or((span, span));
        let number = |text: &str| text.parse::<usize>().unwrap_or(0);
        (number(least)..=number(most)).contains(&count)
    }
}

/// Directives of one make: names, contexts, what they take.
type Group = (&'static str, &'static str, &'static str);

const FOLLOWED: &[Group] = &[
    ("events", "M", "0{"),
    ("http", "M", "0{"),
    ("include", "MEHSLUslXF", "1"),
    ("server", "H", "0{"),
    ("location", "SL", "1-2{"),
    ("upstream", "H", "1{"),
    ("server", "U", "1+"),
    ("listen", "S", "1+"),
    ("server_name", "S", "1+"),
    ("root", "HSLl", "1"),
    ("alias", "L", "1"),
    ("index", "HSL", "1+"),
    ("return", "SLsl", "1-2"),
    ("proxy_pass", "LlX", "1"),
    ("error_page", "HSLl", "2+"),
    ("try_files", "SL", "2+"),
    ("default_type", "HSL", "1"),
    ("types", "HSL", "0{"),
    ("add_header", "HSLl", "2-3"),
    ("proxy_set_header", "HSL", "2"),
    ("proxy_connect_timeout proxy_read_timeout", "HSL", "1"),
    ("stub_status", "SL", "0-1"),
    ("internal", "L", "0"),
    ("server_tokens", "HSL", "1"),
    ("absolute_redirect port_in_redirect", "HSL", "flag"),
    ("ssl_certificate ssl_certificate_key", "HS", "1"),
];

const HARMLESS: &[Group] = &[
    ("user", "M", "1-2"),
    ("daemon master_process multi_accept pcre_jit timer_resolution quic_bpf", "ME", "1"),
    (
        "worker_processes worker_priority worker_rlimit_nofile worker_rlimit_core worker_shutdown_timeout pid lock_file \
         debug_points working_directory ssl_engine thread_pool load_module env",
        "M",
        "1+",
    ),
    ("worker_cpu_affinity", "M", "1+"),
    ("error_log", "MHSL", "1-2"),
    (
        "use worker_connections accept_mutex accept_mutex_delay debug_connection worker_aio_requests",
        "E",
        "1",
    ),
    ("access_log", "HSLlX", "1+"),
    ("log_format", "H", "2+"),
    ("log_not_found log_subrequest", "HSL", "flag"),
    ("open_log_file_cache", "HSL", "1-4"),
    (
        "sendfile tcp_nopush tcp_nodelay etag chunked_transfer_encoding recursive_error_pages \
         reset_timedout_connection server_name_in_redirect msie_padding msie_refresh \
         proxy_buffering proxy_request_buffering proxy_ignore_client_abort proxy_socket_keepalive \
         proxy_pass_request_headers proxy_pass_request_body proxy_force_ranges proxy_ssl_server_name \
         proxy_ssl_session_reuse gzip_vary ssl_prefer_server_ciphers ssl_session_tickets ssl_stapling \
         ssl_stapling_verify merge_slashes underscores_in_headers ignore_invalid_headers open_file_cache_errors \
         source_charset_map aio_write",
        "HSLl",
        "flag",
    ),
    ("gzip gunzip", "HSLl", "flag"),
    (
        "keepalive_timeout client_max_body_size client_body_buffer_size client_body_timeout client_header_timeout \
         client_header_buffer_size large_client_header_buffers send_timeout lingering_close lingering_time lingering_timeout \
         keepalive_requests keepalive_time keepalive_disable client_body_temp_path client_body_in_file_only \
         client_body_in_single_buffer output_buffers postpone_output sendfile_max_chunk directio directio_alignment aio \
         read_ahead max_ranges if_modified_since resolver resolver_timeout open_file_cache open_file_cache_valid \
         open_file_cache_min_uses types_hash_max_size types_hash_bucket_size variables_hash_max_size \
         variables_hash_bucket_size server_names_hash_max_size server_names_hash_bucket_size request_pool_size \
         connection_pool_size charset charset_types override_charset disable_symlinks limit_rate limit_rate_after \
         map_hash_max_size map_hash_bucket_size http2_max_concurrent_streams http2_body_preread_size \
         subrequest_output_buffer_size proxy_headers_hash_max_size proxy_headers_hash_bucket_size",
        "HSLl",
        "1+",
    ),
    (
        "gzip_types gzip_comp_level gzip_min_length gzip_proxied gzip_http_version gzip_disable gzip_buffers gzip_static",
        "HSL",
        "1+",
    ),
    (
        "proxy_http_version proxy_buffers proxy_buffer_size proxy_busy_buffers_size proxy_send_timeout proxy_redirect \
         proxy_cookie_path proxy_cookie_domain proxy_cookie_flags proxy_hide_header proxy_pass_header proxy_ignore_headers \
         proxy_max_temp_file_size proxy_temp_path proxy_temp_file_write_size proxy_limit_rate proxy_send_lowat \
         proxy_ssl_protocols proxy_ssl_ciphers proxy_ssl_verify proxy_ssl_verify_depth proxy_ssl_name \
         proxy_ssl_trusted_certificate proxy_ssl_certificate proxy_ssl_certificate_key proxy_next_upstream \
         proxy_next_upstream_tries proxy_next_upstream_timeout expires add_trailer",
        "HSLl",
        "1+",
    ),
    (
        "ssl_protocols ssl_ciphers ssl_session_cache ssl_session_timeout ssl_dhparam ssl_ecdh_curve ssl_buffer_size \
         ssl_password_file ssl_trusted_certificate ssl_conf_command ssl_early_data http2 http3",
        "HS",
        "1+",
    ),
    (
        "keepalive keepalive_requests keepalive_timeout keepalive_time zone least_conn ip_hash hash random queue sticky state",
        "U",
        "0+",
    ),
    ("real_ip_header real_ip_recursive set_real_ip_from", "HSL", "1"),
];

const NOT_SIMULATED: &[Group] = &[
    ("if", "SL", "1+{"),
    ("limit_except", "L", "1+{"),
    ("map", "H", "2{"),
    ("geo", "H", "1-2{"),
    ("split_clients", "H", "2{"),
    ("stream mail", "M", "0{"),
    ("google_perftools_profiles", "M", "1"),
    ("rewrite", "SLsl", "2-3"),
    ("rewrite_log", "HSLsl", "flag"),
    ("set", "SLsl", "2"),
    ("break", "SLsl", "0"),
    ("autoindex", "HSL", "flag"),
    ("autoindex_exact_size autoindex_localtime autoindex_format", "HSL", "1"),
    ("allow deny", "HSLX", "1"),
    ("satisfy", "HSL", "1"),
    ("auth_basic auth_basic_user_file auth_request", "HSLX", "1"),
    ("auth_request_set", "HSL", "2"),
    ("limit_req_zone limit_conn_zone", "H", "2-4"),
    ("limit_req", "HSL", "1-3"),
    ("limit_conn", "HSL", "2"),
    (
        "limit_req_status limit_conn_status limit_req_log_level limit_conn_log_level limit_req_dry_run limit_conn_dry_run",
        "HSL",
        "1",
    ),
    ("proxy_cache_path", "H", "2+"),
    (
        "proxy_cache proxy_cache_key proxy_cache_valid proxy_cache_use_stale proxy_cache_bypass proxy_no_cache proxy_cache_lock \
         proxy_cache_lock_timeout proxy_cache_lock_age proxy_cache_methods proxy_cache_min_uses proxy_cache_revalidate \
         proxy_cache_background_update proxy_cache_convert_head proxy_store proxy_store_access proxy_method proxy_set_body \
         proxy_bind proxy_intercept_errors",
        "HSL",
        "1+",
    ),
    ("sub_filter", "HSL", "2"),
    ("sub_filter_once sub_filter_last_modified sub_filter_types", "HSL", "1+"),
    ("addition_types add_before_body add_after_body", "HSL", "1+"),
    ("fastcgi_pass uwsgi_pass scgi_pass grpc_pass memcached_pass", "Ll", "1"),
    ("fastcgi_index", "HSL", "1"),
    ("fastcgi_param", "HSL", "2-3"),
    ("fastcgi_split_path_info", "L", "1"),
    (
        "fastcgi_buffers fastcgi_buffer_size fastcgi_read_timeout fastcgi_send_timeout fastcgi_connect_timeout \
         fastcgi_intercept_errors fastcgi_hide_header fastcgi_busy_buffers_size",
        "HSL",
        "1+",
    ),
    ("grpc_set_header uwsgi_param scgi_param", "HSL", "2-3"),
    ("grpc_read_timeout grpc_send_timeout grpc_connect_timeout", "HSL", "1"),
    ("mirror mirror_request_body", "HSL", "1"),
    ("random_index slice mp4 flv ssi", "HSLl", "1"),
    ("secure_link secure_link_md5 secure_link_secret", "HSL", "1"),
    ("dav_methods", "HSL", "1+"),
    ("create_full_put_path min_delete_depth dav_access", "HSL", "1+"),
    ("userid userid_name userid_domain userid_path userid_expires", "HSL", "1"),
    ("valid_referers", "SL", "1+"),
    (
        "ssl_verify_client ssl_verify_depth ssl_client_certificate ssl_crl ssl_reject_handshake",
        "HS",
        "1",
    ),
    ("empty_gif", "L", "0"),
    ("post_action", "HSLl", "1"),
];

/// What is known of a directive in this place. One that stands elsewhere only is known, too: it is not allowed here.
pub(super) fn find(name: &str, context: Context) -> Option<Row> {
    let groups = [
        (FOLLOWED, Effect::Followed),
        (HARMLESS, Effect::Harmless),
        (NOT_SIMULATED, Effect::NotSimulated),
    ];
    let rows = groups.into_iter().flat_map(|(groups, effect)| {
        let of_name = groups.iter().filter(|it| it.0.split_whitespace().any(|it| it == name));
        of_name.map(move |(_, contexts, takes)| Row { contexts, takes, effect })
    });
    let rows: Vec<Row> = rows.collect();
    rows.iter().find(|it| it.is_allowed_in(context)).or(rows.first()).copied()
}

/// Whether a variable is one of nginx's own; others must be set.
pub(super) fn is_variable(name: &str) -> bool {
    const OWN: &str = "args binary_remote_addr body_bytes_sent bytes_sent connection connection_requests connection_time \
        content_length content_type cookie document_root document_uri host hostname http_version https is_args limit_rate \
        msec nginx_version pid pipe proxy_protocol_addr proxy_protocol_port proxy_host proxy_port \
        proxy_add_x_forwarded_for query_string realpath_root remote_addr remote_port remote_user request request_body \
        request_body_file request_completion request_filename request_id request_length request_method request_time \
        request_uri scheme server_addr server_name server_port server_protocol status tcpinfo_rtt time_iso8601 time_local \
        uri connections_active connections_reading connections_waiting connections_writing gzip_ratio \
        invalid_referer realip_remote_addr ssl_cipher ssl_protocol ssl_server_name ssl_client_verify ssl_client_cert \
        ssl_session_id";
    const BEGIN: [&str; 7] = [
        "http_",
        "arg_",
        "cookie_",
        "sent_http_",
        "upstream_",
        "sent_trailer_",
        "proxy_protocol_tlv_",
    ];
    let is_group = !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
    is_group
        || OWN.split_whitespace().any(|it| it == name)
        || BEGIN.iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_of_two_places_is_found_by_its_place() {
        assert!(find("server", Context::Http).is_some_and(Row::is_block));
        assert!(find("server", Context::Upstream).is_some_and(|it| !it.is_block()));
        let elsewhere = find("listen", Context::Http).expect("it is known");
        assert!(!elsewhere.is_allowed_in(Context::Http));
        assert!(find("proxy_passs", Context::Location).is_none());
    }

    #[test]
    fn arguments_are_counted() {
        let takes = |name, context, count| find(name, context).expect("a row").takes(count);
        assert!(takes("return", Context::Location, 2) && !takes("return", Context::Location, 3));
        assert!(takes("sendfile", Context::Http, 1) && !takes("sendfile", Context::Http, 2));
        assert!(
            takes("server_name", Context::Server, 5) && !takes("server_name", Context::Server, 0)
        );
    }
}
