-- A publishing site in the style of WordPress: its page views, its admin, its cron, its importer.
-- @read
SELECT option_name, option_value FROM wp_options WHERE autoload = 'yes'
SELECT option_name, option_value FROM wp_options WHERE autoload IN ( 'yes', 'on', 'auto-on', 'auto' )
SELECT option_value FROM wp_options WHERE option_name = 'siteurl' LIMIT 1
SELECT option_value FROM wp_options WHERE option_name = '_transient_timeout_feed_d117b5738fbd35bd8c0391cda1f2b5d9' LIMIT 1
SELECT   wp_posts.ID FROM wp_posts  WHERE 1=1  AND ((wp_posts.post_type = 'post' AND (wp_posts.post_status = 'publish')))  ORDER BY wp_posts.post_date DESC LIMIT 0, 10
SELECT wp_posts.* FROM wp_posts WHERE ID IN (1,2,3,4,5,6,7,8,9,10)
SELECT post_id, meta_key, meta_value FROM wp_postmeta WHERE post_id IN (1,2,3) ORDER BY meta_id ASC
SELECT * FROM wp_posts WHERE ID = 1 LIMIT 1
SELECT * FROM wp_users WHERE user_login = 'editor' LIMIT 1
SELECT user_id, meta_key, meta_value FROM wp_usermeta WHERE user_id IN (1) ORDER BY umeta_id ASC
SELECT  t.term_id, t.name, t.slug, t.term_group, tt.term_taxonomy_id, tt.taxonomy, tt.count FROM wp_terms AS t INNER JOIN wp_term_taxonomy AS tt ON t.term_id = tt.term_id WHERE tt.taxonomy IN ('category') AND tt.count > 0 ORDER BY t.name ASC
SELECT DISTINCT t.term_id, tr.object_id FROM wp_terms AS t  INNER JOIN wp_term_taxonomy AS tt ON t.term_id = tt.term_id INNER JOIN wp_term_relationships AS tr ON tr.term_taxonomy_id = tt.term_taxonomy_id WHERE tt.taxonomy IN ('category', 'post_tag', 'post_format') AND tr.object_id IN (1, 2, 3) ORDER BY t.name ASC
SELECT term_id, meta_key, meta_value FROM wp_termmeta WHERE term_id IN (1,2) ORDER BY meta_id ASC
SELECT COUNT(*) FROM wp_comments WHERE comment_post_ID = 1 AND comment_approved = '1'
SELECT  wp_comments.comment_ID FROM wp_comments  WHERE ( ( comment_approved = '1' ) ) AND comment_post_ID = 1 AND comment_type != 'order_note' ORDER BY wp_comments.comment_date_gmt ASC, wp_comments.comment_ID ASC
SELECT comment_approved, COUNT( * ) AS total FROM wp_comments GROUP BY comment_approved
SELECT post_status, COUNT( * ) AS num_posts FROM wp_posts WHERE post_type = 'page' GROUP BY post_status
SELECT YEAR(post_date) AS `year`, MONTH(post_date) AS `month`, count(ID) as posts FROM wp_posts  WHERE post_type = 'post' AND post_status = 'publish' GROUP BY YEAR(post_date), MONTH(post_date) ORDER BY post_date DESC LIMIT 12
SELECT p.ID FROM wp_posts AS p  WHERE p.post_date < '2024-05-01 10:00:00' AND p.post_type = 'post' AND ( p.post_status = 'publish' OR p.post_status = 'private' ) ORDER BY p.post_date DESC LIMIT 1
SELECT ID, post_name, post_parent, post_type FROM wp_posts WHERE post_name IN ('about','update','select') AND post_type IN ('page','attachment')
SELECT wp_posts.ID FROM wp_posts WHERE 1=1 AND (((wp_posts.post_title LIKE '{3f1}update{3f1}') OR (wp_posts.post_content LIKE '%drop table%'))) ORDER BY wp_posts.post_title LIKE '%for update%' DESC LIMIT 0, 10
SELECT ID FROM wp_posts WHERE MATCH (post_title, post_content) AGAINST ('+text -title' IN BOOLEAN MODE)
SELECT ID, MATCH (post_title, post_content) AGAINST ('text' WITH QUERY EXPANSION) AS score FROM wp_posts ORDER BY score DESC
SELECT wp_posts.* FROM wp_posts INNER JOIN wp_postmeta ON ( wp_posts.ID = wp_postmeta.post_id ) WHERE 1=1 AND ( wp_postmeta.meta_key = '_price' AND CAST(wp_postmeta.meta_value AS SIGNED) BETWEEN '10' AND '20' ) GROUP BY wp_posts.ID ORDER BY wp_posts.post_date DESC
SELECT MAX(CAST(meta_value AS DECIMAL(10,2))), MIN(meta_value+0) FROM wp_postmeta WHERE meta_key = '_price'
SELECT post_author, COUNT(*) FROM wp_posts WHERE post_type = 'post' AND ( post_status = 'publish' ) AND post_author IN (1,2) GROUP BY post_author
SELECT COUNT(NULLIF(`meta_value` LIKE '%\"administrator\"%', false)), COUNT(NULLIF(`meta_value` = 'a:0:{}', false)), COUNT(*) FROM wp_usermeta INNER JOIN wp_users ON user_id = ID WHERE meta_key = 'wp_capabilities'
SELECT autoload, LENGTH(option_value) FROM wp_options ORDER BY LENGTH(option_value) DESC LIMIT 20
SELECT t.*, tt.* FROM wp_terms AS t INNER JOIN wp_term_taxonomy AS tt ON t.term_id = tt.term_id WHERE t.slug = 'news' AND tt.taxonomy = 'category' LIMIT 1
SELECT post_modified_gmt FROM wp_posts WHERE post_status = 'publish' AND post_type IN ('post', 'page', 'attachment') ORDER BY post_modified_gmt DESC LIMIT 1
SELECT a.option_name FROM wp_options a, wp_options b WHERE a.option_name LIKE '\_transient\_%' AND a.option_name NOT LIKE '\_transient\_timeout\_%' AND b.option_name = CONCAT( '_transient_timeout_', SUBSTRING( a.option_name, 12 ) ) AND b.option_value < UNIX_TIMESTAMP()
SELECT ID FROM wp_posts WHERE post_type = 'revision' AND DATEDIFF(NOW(), post_date) > 30
SELECT post_id FROM wp_postmeta, wp_posts WHERE ID = post_id AND post_type = 'page' AND meta_key = '_wp_page_template' AND meta_value != 'default'
SELECT DISTINCT meta_key FROM wp_postmeta WHERE meta_key NOT BETWEEN '_' AND '_z' HAVING meta_key NOT LIKE '\_%' ORDER BY meta_key LIMIT 30
SELECT ID, post_title FROM wp_posts ORDER BY FIELD(ID, 3, 1, 2)
SELECT ID FROM wp_posts ORDER BY RAND() LIMIT 1
SELECT s.ID, (SELECT meta_value FROM wp_postmeta m WHERE m.post_id = s.ID AND m.meta_key = '_thumbnail_id' LIMIT 1) AS thumb FROM wp_posts s
SHOW FULL COLUMNS FROM `wp_options`
SHOW TABLES LIKE 'wp\_posts'
SHOW TABLES LIKE '%'
DESCRIBE wp_posts
DESCRIBE wp_posts post_title
DESC wp_posts 'post%'
SHOW COLUMNS FROM wp_users
SHOW INDEX FROM wp_term_relationships
SHOW CREATE TABLE wp_posts
SELECT VERSION()
SELECT DATABASE()
SELECT @@SESSION.sql_mode
SELECT option_value FROM wp_options WHERE option_name = 'it''s into outfile' /* INTO OUTFILE 'x' */
-- @local
SELECT FOUND_ROWS()
SELECT LAST_INSERT_ID()
SELECT ROW_COUNT()
SHOW WARNINGS
-- @any
SELECT SQL_CALC_FOUND_ROWS  wp_posts.ID FROM wp_posts  WHERE 1=1 AND wp_posts.post_type = 'post' ORDER BY wp_posts.post_date DESC LIMIT 0, 10
SHOW TABLE STATUS LIKE 'wp_posts'
SHOW VARIABLES LIKE 'sql_mode'
SHOW FULL PROCESSLIST
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_unicode_520_ci'
SET SESSION sql_mode='NO_ENGINE_SUBSTITUTION'
-- @write
UPDATE `wp_options` SET `option_value` = 'a:2:{}' WHERE `option_name` = 'cron'
INSERT INTO `wp_options` (`option_name`, `option_value`, `autoload`) VALUES ('_transient_x', '1', 'no') ON DUPLICATE KEY UPDATE `option_name` = VALUES(`option_name`), `option_value` = VALUES(`option_value`), `autoload` = VALUES(`autoload`)
INSERT IGNORE INTO `wp_options` ( `option_name`, `option_value`, `autoload` ) VALUES ('auto_updater.lock', 1700000000, 'no') /* LOCK */
DELETE FROM `wp_options` WHERE `option_name` = '_transient_x'
DELETE a, b FROM wp_options a, wp_options b WHERE a.option_name LIKE '\_transient\_%' AND b.option_name = CONCAT( '_transient_timeout_', SUBSTRING( a.option_name, 12 ) ) AND b.option_value < 1700000000
INSERT INTO `wp_posts` (`post_author`, `post_date`, `post_title`) VALUES (1, '2024-02-02 00:00:00', 'select me')
UPDATE `wp_posts` SET `comment_count` = 1 WHERE `ID` = 1
UPDATE wp_posts SET post_status = 'trash' WHERE ID IN (SELECT * FROM (SELECT ID FROM wp_posts WHERE post_status = 'auto-draft') t)
INSERT INTO `wp_postmeta` (`post_id`, `meta_key`, `meta_value`) VALUES (1, '_edit_lock', '1700000000:1')
DELETE FROM wp_postmeta WHERE meta_id IN( 1,2 )
UPDATE wp_term_taxonomy SET count = (SELECT COUNT(*) FROM wp_term_relationships WHERE term_taxonomy_id = 1) WHERE term_taxonomy_id = 1
INSERT INTO wp_term_relationships (object_id, term_taxonomy_id, term_order) VALUES (1, 2, 1) ON DUPLICATE KEY UPDATE term_order = VALUES(term_order)
REPLACE INTO `wp_usermeta` (`user_id`, `meta_key`, `meta_value`) VALUES (1, 'session_tokens', '')
ALTER TABLE wp_options ADD INDEX autoload_2 (autoload)
ALTER TABLE wp_posts CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
CREATE TABLE wp_actions ( action_id bigint(20) unsigned NOT NULL auto_increment, hook varchar(191) NOT NULL, PRIMARY KEY (action_id) ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci
TRUNCATE TABLE wp_commentmeta
REPAIR TABLE wp_options
OPTIMIZE TABLE wp_postmeta
SELECT GET_LOCK('wp_cron', 0)
SELECT RELEASE_LOCK('wp_cron')
SELECT option_value FROM wp_options WHERE option_name = 'cron' FOR UPDATE
