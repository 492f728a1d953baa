-- A web framework's ORM in the style of Django: quoted identifiers, admin pages, sessions, migrations.
-- @read
SELECT `auth_user`.`id`, `auth_user`.`password`, `auth_user`.`last_login`, `auth_user`.`is_superuser`, `auth_user`.`username` FROM `auth_user` WHERE `auth_user`.`id` = 1 LIMIT 21
SELECT `auth_user`.`id` FROM `auth_user` WHERE `auth_user`.`username` = 'staff' LIMIT 21
SELECT (1) AS `a` FROM `auth_user` WHERE `auth_user`.`username` = 'staff' LIMIT 1
SELECT 1 AS `a` FROM `shop_book` WHERE `shop_book`.`title` = BINARY 'Book 1' LIMIT 1
SELECT COUNT(*) AS `__count` FROM `shop_book`
SELECT COUNT(*) FROM (SELECT DISTINCT `shop_book`.`author_id` AS `col1` FROM `shop_book`) subquery
SELECT `django_session`.`session_key`, `django_session`.`session_data`, `django_session`.`expire_date` FROM `django_session` WHERE (`django_session`.`expire_date` > '2026-11-21 20:00:00.123456' AND `django_session`.`session_key` = 'x8f0abc') LIMIT 21
SELECT `django_migrations`.`id`, `django_migrations`.`app`, `django_migrations`.`name`, `django_migrations`.`applied` FROM `django_migrations`
SELECT `shop_book`.`id`, `shop_book`.`title`, `shop_author`.`id`, `shop_author`.`name` FROM `shop_book` INNER JOIN `shop_author` ON (`shop_book`.`author_id` = `shop_author`.`id`) ORDER BY `shop_book`.`title` ASC LIMIT 100
SELECT `shop_author`.`id`, `shop_author`.`name`, COUNT(`shop_book`.`id`) AS `num_books` FROM `shop_author` LEFT OUTER JOIN `shop_book` ON (`shop_author`.`id` = `shop_book`.`author_id`) GROUP BY `shop_author`.`id` HAVING COUNT(`shop_book`.`id`) > 1 ORDER BY NULL
SELECT `shop_book`.`id`, CASE WHEN `shop_book`.`price` > 5 THEN 'dear' WHEN `shop_book`.`price` > 2 THEN 'fair' ELSE NULL END AS `kind` FROM `shop_book`
SELECT `shop_book`.`id` FROM `shop_book` WHERE JSON_EXTRACT(`shop_book`.`data`, '$."pages"') = JSON_EXTRACT('3', '$')
SELECT `shop_book`.`id` FROM `shop_book` WHERE JSON_UNQUOTE(JSON_EXTRACT(`shop_book`.`data`, '$."pages"')) LIKE '%3%'
SELECT `shop_book`.`id` FROM `shop_book` WHERE JSON_CONTAINS(`shop_book`.`data`, '{"pages": 3}') AND JSON_CONTAINS_PATH(`shop_book`.`data`, 'one', '$.\"pages\"')
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`title` LIKE BINARY '%50\\%%'
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`title` REGEXP BINARY '^B.*[0-9]$'
SELECT `shop_book`.`id` FROM `shop_book` WHERE REGEXP_LIKE(`shop_book`.`title`, 'book', 'i')
SELECT `shop_book`.`order`, `shop_book`.`group`, `shop_book`.`select` FROM `shop_book` WHERE `shop_book`.`group` = 'for update'
SELECT DISTINCT CAST(DATE_FORMAT(`shop_book`.`published`, '%Y-01-01') AS DATE) AS `datefield` FROM `shop_book` WHERE `shop_book`.`published` IS NOT NULL ORDER BY `datefield` ASC
SELECT EXTRACT(YEAR FROM `shop_book`.`published`) AS `y`, COUNT(`shop_book`.`id`) AS `n` FROM `shop_book` GROUP BY 1 ORDER BY 1 ASC
SELECT CONVERT_TZ(`auth_user`.`date_joined`, 'UTC', 'Europe/Paris') AS `local` FROM `auth_user`
SELECT `shop_book`.`id`, ROW_NUMBER() OVER (PARTITION BY `shop_book`.`author_id` ORDER BY `shop_book`.`price` DESC) AS `rn`, LAG(`shop_book`.`price`, 1) OVER (ORDER BY `shop_book`.`id`) FROM `shop_book`
SELECT * FROM (SELECT `shop_book`.`id` AS `col1`, RANK() OVER (PARTITION BY `shop_book`.`author_id` ORDER BY `shop_book`.`price` DESC) AS `qual0` FROM `shop_book`) `qualify` WHERE `qual0` = 1
(SELECT `shop_book`.`id` AS `col1` FROM `shop_book` LIMIT 2) UNION (SELECT `shop_author`.`id` AS `col1` FROM `shop_author` ORDER BY `shop_author`.`id` LIMIT 3) ORDER BY (1) ASC LIMIT 3
SELECT `shop_author`.`id` FROM `shop_author` WHERE EXISTS(SELECT 1 AS `a` FROM `shop_book` U0 WHERE U0.`author_id` = (`shop_author`.`id`) LIMIT 1)
SELECT `shop_author`.`id` FROM `shop_author` WHERE NOT (`shop_author`.`id` IN (SELECT U0.`author_id` FROM `shop_book` U0 WHERE U0.`price` > 3 AND U0.`author_id` IS NOT NULL))
SELECT `shop_author`.`id`, (SELECT U0.`title` FROM `shop_book` U0 WHERE U0.`author_id` = (`shop_author`.`id`) ORDER BY U0.`published` DESC LIMIT 1) AS `latest` FROM `shop_author`
SELECT `django_admin_log`.`id`, `auth_user`.`username`, `django_content_type`.`model` FROM `django_admin_log` INNER JOIN `auth_user` ON (`django_admin_log`.`user_id` = `auth_user`.`id`) LEFT OUTER JOIN `django_content_type` ON (`django_admin_log`.`content_type_id` = `django_content_type`.`id`) ORDER BY `django_admin_log`.`action_time` DESC LIMIT 10
SELECT `auth_permission`.`codename`, `django_content_type`.`app_label` FROM `auth_permission` INNER JOIN `auth_group_permissions` ON (`auth_permission`.`id` = `auth_group_permissions`.`permission_id`) INNER JOIN `auth_group` ON (`auth_group_permissions`.`group_id` = `auth_group`.`id`) INNER JOIN `auth_user_groups` ON (`auth_group`.`id` = `auth_user_groups`.`group_id`) INNER JOIN `django_content_type` ON (`auth_permission`.`content_type_id` = `django_content_type`.`id`) WHERE `auth_user_groups`.`user_id` = 1
SELECT MIN(`shop_book`.`published`) AS `first`, MAX(`shop_book`.`published`) AS `last` FROM `shop_book`
SELECT AVG(`shop_book`.`price`) AS `price__avg`, COALESCE(SUM(`shop_book`.`price`), 0) AS `total`, STDDEV_POP(`shop_book`.`price`) AS `sd` FROM `shop_book`
SELECT `shop_book`.`id` FROM `shop_book` WHERE (`shop_book`.`published` BETWEEN '2020-01-01' AND '2020-12-31' AND (LOWER(`shop_book`.`title`) = LOWER('BOOK 1') OR `shop_book`.`price` IN (1, 2, 3)))
SELECT GREATEST(`shop_book`.`price`, 5.5), LEAST(`shop_book`.`id`, 3), NULLIF(`shop_book`.`title`, ''), MD5(`shop_book`.`title`), SHA2(`shop_book`.`title`, 256), LPAD(`shop_book`.`title`, 20, '*'), REPLACE(`shop_book`.`title`, 'Book', 'Insert into') FROM `shop_book`
SELECT CONCAT_WS('', `auth_user`.`first_name`, CONCAT_WS('', ' ', `auth_user`.`last_name`)) AS `full` FROM `auth_user`
SELECT ((`shop_book`.`id` * 2) + MOD(`shop_book`.`id`, 3)) AS `e`, (`shop_book`.`id` & 3) AS `b`, (`shop_book`.`id` ^ 1) AS `x`, POW(`shop_book`.`id`, 2) FROM `shop_book`
SELECT `shop_book`.`id` FROM `shop_book` ORDER BY RAND() ASC LIMIT 1
SELECT `shop_book`.`id` FROM `shop_book` FORCE INDEX (`PRIMARY`) USE INDEX FOR ORDER BY (`PRIMARY`) LIMIT 1
SELECT VERSION()
SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = DATABASE()
SELECT column_name, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage WHERE table_name = 'shop_book' AND table_schema = DATABASE() AND referenced_table_schema = DATABASE()
SELECT kc.`constraint_name`, kc.`column_name` FROM information_schema.key_column_usage AS kc, information_schema.table_constraints AS c WHERE kc.table_schema = DATABASE() AND c.table_schema = kc.table_schema AND c.constraint_name = kc.constraint_name AND kc.table_name = 'shop_book'
SELECT engine FROM information_schema.tables WHERE table_name = 'shop_book' AND table_schema = DATABASE()
SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, extra, column_default, CASE WHEN column_type LIKE '% unsigned' THEN 1 ELSE 0 END AS is_unsigned FROM information_schema.columns WHERE table_name = 'shop_book' AND table_schema = DATABASE()
SHOW FULL TABLES
SHOW INDEX FROM `shop_book`
SHOW CREATE TABLE `shop_book`
SHOW FULL COLUMNS FROM `shop_book`
EXPLAIN SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`id` = 1
EXPLAIN FORMAT=JSON SELECT `shop_book`.`id` FROM `shop_book`
EXPLAIN EXTENDED SELECT `shop_book`.`id` FROM `shop_book`
ANALYZE SELECT `shop_book`.`id` FROM `shop_book`
ANALYZE FORMAT=JSON SELECT `shop_book`.`id` FROM `shop_book`
SELECT 1
-- @any
SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names, CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL
SET NAMES utf8mb4
SET AUTOCOMMIT = 0
SET AUTOCOMMIT = 1
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
SET SQL_AUTO_IS_NULL = 0
SET foreign_key_checks=0
SET foreign_key_checks=1
EXPLAIN UPDATE `shop_book` SET `price` = 1
-- @write
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`id` = 1 LIMIT 21 FOR UPDATE
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`id` = 1 FOR UPDATE NOWAIT
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`id` = 1 FOR UPDATE SKIP LOCKED
SELECT `shop_book`.`id` FROM `shop_book` WHERE `shop_book`.`id` = 1 FOR UPDATE OF `shop_book`
SELECT `shop_author`.`id` FROM `shop_author` WHERE `shop_author`.`id` IN (SELECT U0.`author_id` FROM `shop_book` U0 FOR UPDATE)
INSERT INTO `shop_book` (`title`, `author_id`) VALUES ('new', 1) RETURNING `shop_book`.`id`
INSERT INTO `django_session` (`session_key`, `session_data`, `expire_date`) VALUES ('k', 'd', '2026-12-01 00:00:00')
UPDATE `django_session` SET `session_data` = 'e' WHERE `django_session`.`session_key` = 'k'
UPDATE `auth_user` SET `last_login` = '2026-11-21 20:00:00' WHERE `auth_user`.`id` = 1
UPDATE `shop_book` SET `price` = (`shop_book`.`price` * 2), `order` = CASE WHEN (`shop_book`.`id` = 1) THEN 5 ELSE NULL END WHERE `shop_book`.`id` IN (1, 2)
DELETE FROM `django_session` WHERE `django_session`.`expire_date` < '2020-01-01'
DELETE FROM `shop_book` WHERE `shop_book`.`id` IN (900, 901)
INSERT IGNORE INTO `auth_user_groups` (`user_id`, `group_id`) VALUES (1, 1)
INSERT INTO `shop_author` (`name`) VALUES ('a'), ('b') ON DUPLICATE KEY UPDATE `name` = VALUES(`name`)
SAVEPOINT `s140_x1`
RELEASE SAVEPOINT `s140_x1`
ROLLBACK TO SAVEPOINT `s140_x1`
CREATE TABLE `shop_tag` (`id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, `name` varchar(50) NOT NULL)
ALTER TABLE `shop_book` ADD COLUMN `isbn` varchar(13) DEFAULT '' NOT NULL
ALTER TABLE `shop_book` ALTER COLUMN `title` DROP DEFAULT
ALTER TABLE `shop_book` ADD CONSTRAINT `shop_book_author_fk` FOREIGN KEY (`author_id`) REFERENCES `shop_author` (`id`)
CREATE INDEX `shop_book_title_idx` ON `shop_book` (`title`)
DROP INDEX `shop_book_title_idx` ON `shop_book`
RENAME TABLE `shop_tag` TO `shop_label`
DROP TABLE `shop_tag` CASCADE
TRUNCATE `django_admin_log`
CHECK TABLE `shop_book`
