# <?php exit()?>
# Everybody reads; what lies in "members" is for those who have logged in.
*               @ALL          1
*               @user         8
members:*       @ALL          0
members:*       @user         8
