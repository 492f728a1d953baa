-- A web framework's schema in the style of Django with its admin and sessions.
CREATE TABLE auth_user (id INT AUTO_INCREMENT PRIMARY KEY, password VARCHAR(128), last_login DATETIME(6), is_superuser BOOL DEFAULT 0, username VARCHAR(150) UNIQUE, first_name VARCHAR(150) DEFAULT '', last_name VARCHAR(150) DEFAULT '', email VARCHAR(254), is_staff BOOL DEFAULT 0, is_active BOOL DEFAULT 1, date_joined DATETIME(6));
CREATE TABLE auth_group (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(150) UNIQUE);
CREATE TABLE auth_user_groups (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id INT, group_id INT);
CREATE TABLE auth_permission (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255), content_type_id INT, codename VARCHAR(100));
CREATE TABLE auth_group_permissions (id BIGINT AUTO_INCREMENT PRIMARY KEY, group_id INT, permission_id INT);
CREATE TABLE django_content_type (id INT AUTO_INCREMENT PRIMARY KEY, app_label VARCHAR(100), model VARCHAR(100));
CREATE TABLE django_session (session_key VARCHAR(40) PRIMARY KEY, session_data LONGTEXT, expire_date DATETIME(6), KEY expire_date (expire_date));
CREATE TABLE django_migrations (id BIGINT AUTO_INCREMENT PRIMARY KEY, app VARCHAR(255), name VARCHAR(255), applied DATETIME(6));
CREATE TABLE django_admin_log (id INT AUTO_INCREMENT PRIMARY KEY, action_time DATETIME(6), object_id LONGTEXT, object_repr VARCHAR(200), action_flag SMALLINT UNSIGNED, change_message LONGTEXT, content_type_id INT, user_id INT);
CREATE TABLE shop_author (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100), born DATE);
CREATE TABLE shop_book (id BIGINT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(200), author_id BIGINT, price DECIMAL(8,2), published DATE, data JSON, `order` INT DEFAULT 0, `group` VARCHAR(20) DEFAULT '', `select` INT DEFAULT 1);
INSERT INTO auth_user (username, email, date_joined) VALUES ('staff', 'staff@shop.example', '2024-01-01');
INSERT INTO django_content_type (app_label, model) VALUES ('shop','book'),('auth','user');
INSERT INTO auth_permission (name, content_type_id, codename) VALUES ('Can add book',1,'add_book');
INSERT INTO shop_author (name, born) VALUES ('First','1970-01-01'),('Second','1980-02-02');
INSERT INTO shop_book (title, author_id, price, published, data) SELECT CONCAT('Book ', seq), seq % 2 + 1, seq, '2020-01-01', JSON_OBJECT('pages', seq) FROM seq_1_to_10;
