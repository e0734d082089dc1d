# All text, on a canvas of pixels over the figure: it can't be cut off by an axis.
unset border
unset xtics
unset ytics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set tmargin at screen 1
set xrange [0:width]
set yrange [0:height]
plot "key.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lw 1.6 lc rgb variable, \
     "left.tsv" using 1:2:3 with labels left font label_font textcolor rgb "#1a1a1a", \
     "right.tsv" using 1:2:3 with labels right font label_font textcolor rgb "#1a1a1a", \
     "note.tsv" using 1:2:3 with labels left font axis_font textcolor rgb "#404040", \
     "warn.tsv" using 1:2:3 with labels left font axis_font textcolor rgb "#a83f00", \
     "middle.tsv" using 1:2:3 with labels center font axis_font textcolor rgb "#505050", \
     "mark.tsv" using 1:2:3 with labels left font axis_font textcolor rgb "#a83f00", \
     "markright.tsv" using 1:2:3 with labels right font axis_font textcolor rgb "#a83f00", \
     "noteright.tsv" using 1:2:3 with labels right font axis_font textcolor rgb "#404040"
unset multiplot
