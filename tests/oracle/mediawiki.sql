-- A wiki in the style of MediaWiki: a comment with the caller after the first word, hints, replication checks.
-- @read
SELECT /* WikiPage::pageData  */ page_id,page_namespace,page_title,page_is_redirect,page_touched,page_latest,page_len FROM `page` WHERE page_namespace = 0 AND page_title = 'Page_1' LIMIT 1
SELECT /* Title::load Writer */  page_id  FROM `page`    WHERE page_id = 1  LIMIT 1
SELECT /* RevisionStore::fetchRevisionRowFromConds  */ rev_id,rev_page,rev_timestamp,rev_minor_edit,rev_deleted,rev_len,rev_parent_id,comment_text AS `rev_comment_text`,actor_name AS `rev_user_text` FROM `revision` JOIN `actor` ON ((actor_id = rev_actor)) JOIN `comment` ON ((comment_id = rev_comment_id)) JOIN `page` ON ((page_id = rev_page)) WHERE rev_id = 1 LIMIT 1
SELECT /* LinkBatch::doQuery  */ page_id,page_namespace,page_title FROM `page` WHERE ((page_namespace = 0 AND page_title IN ('Page_1','Page_2','Update','Insert_into') ) OR (page_namespace = 10 AND page_title = 'Stub'))
SELECT /* SpecialRecentChanges::doMainQuery  */ rc_id,rc_timestamp,rc_title,actor_name FROM `recentchanges` STRAIGHT_JOIN `actor` ON ((actor_id=rc_actor)) LEFT JOIN `watchlist` ON (wl_user = 1 AND (wl_title=rc_title) AND (wl_namespace=rc_namespace)) WHERE rc_bot = 0 AND (rc_timestamp >= '20231201000000') ORDER BY rc_timestamp DESC LIMIT 50
SELECT /* CategoryViewer::doCategoryQuery  */ page_id,page_title,cl_sortkey FROM `page` INNER JOIN `categorylinks` FORCE INDEX (cl_sortkey) ON ((cl_from = page_id)) WHERE cl_to = 'Towns' AND cl_type = 'page' ORDER BY cl_sortkey LIMIT 201
SELECT /* SpecialWantedPages */ pl_namespace AS namespace, pl_title AS title, COUNT(*) AS value FROM `pagelinks` LEFT JOIN `page` AS pg1 ON pg1.page_namespace = pl_namespace AND pg1.page_title = pl_title WHERE pg1.page_namespace IS NULL GROUP BY pl_namespace, pl_title HAVING COUNT(*) > 0 ORDER BY NULL
SELECT /* ApiQueryContributors::execute */ STRAIGHT_JOIN rev_page, COUNT(DISTINCT rev_actor) FROM revision IGNORE INDEX (rev_page_timestamp) WHERE rev_page IN (1,2) GROUP BY rev_page ORDER BY NULL
SELECT /* RandomPage */ page_title, page_namespace FROM `page` USE INDEX (page_random) WHERE (page_random >= 0.31415) ORDER BY page_random LIMIT 1
SELECT /* SiteStats */ ss_total_edits, ss_good_articles FROM site_stats WHERE ss_row_id = 1
SELECT /* SqlBagOStuff::fetchBlobs */ keyname,value,exptime FROM `objectcache` WHERE keyname IN ('wiki:messages:en','wiki:LOCK IN SHARE MODE')
SELECT /* MWExceptionHandler */ COUNT(*) AS rowcount FROM (SELECT 1 FROM revision WHERE rev_page = 1 LIMIT 101) tmp_count
(SELECT /* union one */ rc_timestamp FROM recentchanges WHERE rc_namespace = 0 ORDER BY rc_timestamp DESC LIMIT 5) UNION ALL (SELECT rc_timestamp FROM recentchanges WHERE rc_namespace = 1 ORDER BY rc_timestamp DESC LIMIT 5) ORDER BY rc_timestamp DESC LIMIT 5
SELECT /* User::loadFromDatabase */ user_id,user_name FROM user WHERE user_name = 'O\'Brien; DROP TABLE user -- ' LIMIT 1
SELECT /* Block */ CONVERT(page_title USING utf8mb4) AS t, HEX(page_title), UNHEX('41'), CRC32(page_title) FROM page
SELECT /* Maintenance */ MIN(rev_id), MAX(rev_id) FROM revision
SELECT /* WikiExporter */ * FROM page STRAIGHT_JOIN revision ON page_id = rev_page ORDER BY rev_page ASC, rev_id ASC LIMIT 10
SELECT /* LIKE */ page_title FROM page WHERE page_title LIKE 'Talk`_for`_update%' ESCAPE '`'
SELECT /* Job::peek */ job_id, job_cmd FROM job WHERE job_token = '' ORDER BY job_random LIMIT 1
SELECT/**/page_id/**/FROM/**/page
SELECT /* nested? /* no */ page_id FROM page
SELECT /* x */ SQL_NO_CACHE page_id FROM page
SELECT SQL_CACHE page_id FROM page
SHOW /* DatabaseMysql::tableExists */ TABLES LIKE 'page'
SHOW INDEX /* indexInfo */ FROM `page`
SHOW FULL TABLES FROM mediawiki WHERE TABLE_TYPE = 'VIEW'
-- @any
SELECT @@server_id AS id
SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_%'
SELECT /* LoadMonitor */ ROUND(TIMESTAMPDIFF(MICROSECOND, '2026-11-21 20:00:00', UTC_TIMESTAMP(6)) / 1000000, 3)
SHOW SLAVE STATUS
SHOW MASTER STATUS
SET /* DatabaseMySQL::open */ group_concat_max_len = 262144
SET STATEMENT max_statement_time=5 FOR SELECT page_id FROM page
-- @local
SELECT @@GLOBAL.gtid_current_pos
SELECT CONNECTION_ID()
-- @write
SELECT /* WikiPage::lock */ page_id FROM `page` WHERE page_id = 1 LIMIT 1 FOR UPDATE
SELECT /* WikiPage::share */ page_id FROM `page` WHERE page_id = 1 LOCK IN SHARE MODE
SELECT /* JobQueueDB */ job_id FROM job WHERE job_cmd = 'refresh' AND job_token = '' ORDER BY job_random ASC LIMIT 1 FOR UPDATE
UPDATE /* JobQueueDB::claimRandom */  `job` SET job_token = 'abc' WHERE job_cmd = 'refresh' AND job_token = ''
INSERT /* Pages */ INTO `page` (page_namespace, page_title) VALUES (0, 'New')
INSERT /* RecentChange::save */ IGNORE INTO `recentchanges` (rc_timestamp) VALUES ('20240101000000')
REPLACE /* SqlBagOStuff::set */ INTO `objectcache` (keyname,value,exptime) VALUES ('k','v','20240101000000')
DELETE /* LinksUpdate */ FROM `pagelinks` WHERE pl_from = 1
UPDATE LOW_PRIORITY IGNORE site_stats SET ss_total_edits=ss_total_edits+1
DELETE QUICK FROM objectcache WHERE exptime < '20200101000000'
INSERT DELAYED INTO objectcache VALUES ('x','y','20240101000000')
INSERT INTO pagelinks SET pl_from = 1, pl_namespace = 0, pl_title = 'X'
SELECT /* Database::lock */ GET_LOCK('wiki-LinksUpdate:pageid:1',15) AS lockstatus
SELECT /* Database::unlock */ RELEASE_LOCK('wiki-LinksUpdate:pageid:1') AS lockstatus
SELECT /* waitForPos */ MASTER_GTID_WAIT('0-1-100', 1)
BEGIN /* Wikimedia\Rdbms\Database::begin */
COMMIT /* Maintenance */
ROLLBACK /* x */
CREATE TEMPORARY TABLE tmp_page LIKE page
