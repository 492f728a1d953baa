 /* c */ SELECT /*!40101 SQL_NO_CACHE */ /*M!100100 1 */ + /*+ SET_VAR(a=1) */ 1 -- end
# more
